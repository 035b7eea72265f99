//! Everything that is tested through the public interface, in one binary.

#![expect(
    unreachable_pub,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails, and says where"
)]

mod agreement;
mod batches;
mod cases;
mod change;
mod checked;
mod checker;
mod comparison;
mod comparisons;
mod directory;
mod displays;
mod documents;
mod entra;
mod explain;
mod growth;
mod hostile;
mod identities;
mod incidents;
mod invariants;
mod layering;
mod lint;
mod lint_conditions;
mod lint_peers;
mod lint_scale;
mod lint_worlds;
mod manual;
mod many;
mod memory;
mod outside;
mod patterns;
mod previews;
mod proof;
mod redaction;
mod reference;
mod reviews;
mod rule_changes;
mod samples;
#[cfg(feature = "schema")]
mod schema;
mod scim;
mod scim_batches;
mod scim_properties;
mod scim_stored;
mod self_test;
mod small_worlds;
mod why_not;
mod worlds;
