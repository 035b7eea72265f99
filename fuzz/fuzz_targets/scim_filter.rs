#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| groupmap_fuzz::scim_filter(data));
