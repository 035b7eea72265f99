//! The manual.
/// x
pub mod config {}
/// x
pub mod providers {}
/// x
pub mod applying {}
