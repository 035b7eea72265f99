//! The digest that ties a plan to everything it was made from.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;

use super::Plan;
use crate::digest::digest_of;
use crate::identity::Identity;
use crate::snapshot::{Host, Snapshot};

/// The digest of a plan, or what it is to be made from.
#[derive(Clone)]
pub(crate) struct Seal(Origin);

#[derive(Clone)]
enum Origin {
    /// As it stood in a document.
    Stated(String),
    Inputs(Arc<Inputs>),
}

/// Everything that a plan was made from.
pub(crate) struct Inputs {
    pub(crate) config: Arc<str>,
    pub(crate) identity: Identity,
    pub(crate) snapshot: Snapshot,
    pub(crate) host: Arc<Host>,
}

#[derive(Serialize)]
struct Sealed<'a, E: Serialize, A: Serialize, P: Serialize> {
    config: &'a str,
    issuer: Option<&'a str>,
    subject: &'a str,
    email: Option<&'a str>,
    email_verified: bool,
    evidence: E,
    attributes: A,
    snapshot: Snapshot,
    auto_join: bool,
    default_targets: Vec<&'a crate::target::Target>,
    plan: P,
}

impl Seal {
    pub(crate) fn of(inputs: Inputs) -> Self {
        Self(Origin::Inputs(Arc::new(inputs)))
    }

    pub(crate) fn stated(digest: String) -> Option<Self> {
        let whole = digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        whole.then_some(Self(Origin::Stated(digest)))
    }

    pub(crate) fn digest(&self, plan: &Plan) -> String {
        let inputs = match &self.0 {
            Origin::Stated(digest) => return digest.to_owned(),
            Origin::Inputs(inputs) => inputs,
        };
        let identity = &inputs.identity;
        let mut default_targets: Vec<_> = inputs.host.default_targets.iter().collect();
        default_targets.sort();
        digest_of(&Sealed {
            config: &inputs.config,
            issuer: identity.issuer(),
            subject: identity.subject(),
            email: identity.email(),
            email_verified: identity.email_verified(),
            evidence: identity.evidence().record(),
            attributes: identity.attributes().without_groups(identity.reading()),
            snapshot: inputs.snapshot.canonical(),
            auto_join: inputs.host.auto_join,
            default_targets,
            plan: plan.record(None),
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}
