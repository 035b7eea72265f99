//! A global allocator that counts, while it is asked to, what is allocated and how much of it is alive.
//!
//! The counting is for one thread. While it is off, an allocation costs one load more than without it.
//!
//! The memory is mimalloc's, for all engines alike. What one engine leaves behind must not slow down the next: with
//! the allocator of glibc, a plan takes twice as long beside the peers as without them.

#![expect(unsafe_code, reason = "a global allocator cannot be written otherwise; it hands everything to mimalloc")]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

/// What was allocated while something ran.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    /// How often memory was asked for, a larger block in place of a smaller one included.
    pub(crate) calls: u64,
    /// How many bytes were asked for.
    pub(crate) bytes: u64,
    /// How many more bytes are alive afterwards than before; what was made before and freed meanwhile is taken off.
    pub(crate) live: i64,
    /// How many more bytes than before were alive at the worst moment.
    pub(crate) peak: i64,
}

/// Runs something and counts what it allocates.
pub(crate) fn counted<T>(run: impl FnOnce() -> T) -> (T, Count) {
    CALLS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ON.store(true, Relaxed);
    let result = run();
    ON.store(false, Relaxed);
    let count = Count {
        calls: CALLS.load(Relaxed),
        bytes: BYTES.load(Relaxed),
        live: LIVE.load(Relaxed),
        peak: PEAK.load(Relaxed),
    };
    (result, count)
}

struct Counting;

fn gained(size: usize) {
    CALLS.fetch_add(1, Relaxed);
    BYTES.fetch_add(size as u64, Relaxed);
    let live = LIVE.fetch_add(signed(size), Relaxed) + signed(size);
    PEAK.fetch_max(live, Relaxed);
}

fn lost(size: usize) {
    LIVE.fetch_sub(signed(size), Relaxed);
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

// SAFETY: every call goes to mimalloc as it came; what is counted is read by nobody in between.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            gained(layout.size());
        }
        // SAFETY: what the caller promises is what mimalloc asks for.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            gained(layout.size());
        }
        // SAFETY: as above.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ON.load(Relaxed) {
            lost(layout.size());
            gained(size);
        }
        // SAFETY: as above.
        unsafe { MiMalloc.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if ON.load(Relaxed) {
            lost(layout.size());
        }
        // SAFETY: as above.
        unsafe { MiMalloc.dealloc(block, layout) }
    }
}
