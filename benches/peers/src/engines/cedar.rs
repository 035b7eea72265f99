//! Cedar, by one authorisation request a login.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Request,
};

use super::sets::{Sets, named};
use super::{Answer, Peer};
use crate::world::World;

/// Each rule is a policy that permits members of its group to log in. One request asks whether the person may, and the
/// policies that determine the answer are the rules that are met; a request for each target would cost as many times
/// more. The person with their groups is made into entities before the clock starts. Timed: the request, the look-up
/// of each policy's target, and the diff.
///
/// It can match `like` patterns on attributes, but no regexes. It says which rules are met; the group is the one that
/// the rule names.
pub(super) struct Cedar {
    world: Rc<World>,
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    request: Request,
    /// The rule of each policy.
    rules: HashMap<PolicyId, usize>,
    sets: Sets,
}

fn entity(kind: &str, name: &str) -> EntityUid {
    let kind: EntityTypeName = kind.parse().expect("a plain word is a type name");
    EntityUid::from_type_name_and_id(kind, EntityId::new(name))
}

impl Cedar {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        let policies = world.rules.iter().map(|rule| {
            let group = entity("Group", named(&rule.condition));
            let text = format!(r#"permit(principal in {group}, action == Action::"login", resource);"#);
            Policy::parse(Some(PolicyId::new(&rule.id)), text).expect("the policy is well formed")
        });
        let groups: HashSet<EntityUid> = world.groups.iter().map(|group| entity("Group", group)).collect();
        let mut entities: Vec<Entity> =
            groups.iter().map(|group| Entity::new_no_attrs(group.clone(), HashSet::new())).collect();
        let user = entity("User", "u1");
        entities.push(Entity::new_no_attrs(user.clone(), groups));
        let request =
            Request::new(user, entity("Action", "login"), entity("Application", "app"), Context::empty(), None);
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_policies(policies).expect("rule ids are distinct"),
            entities: Entities::from_entities(entities, None).expect("the entities form no circle"),
            request: request.expect("there is no schema to break"),
            rules: world.rules.iter().enumerate().map(|(place, rule)| (PolicyId::new(&rule.id), place)).collect(),
            sets: Sets::new(world),
            world: Rc::clone(world),
        }
    }
}

impl Peer for Cedar {
    fn run(&mut self) {
        self.sets.clear();
        let response = self.authorizer.is_authorized(&self.request, &self.policies, &self.entities);
        for policy in response.diagnostics().reason() {
            if let Some(rule) = self.rules.get(policy) {
                self.sets.want(&self.world.rules[*rule].target, *rule, None);
            }
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.answer(&self.world))
    }
}
