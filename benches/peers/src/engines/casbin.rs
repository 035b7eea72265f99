//! casbin, by the implicit roles of a user.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi, RbacApi};

use super::sets::{Sets, named};
use super::{Answer, Peer};
use crate::world::World;

const MODEL: &str = "
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
";
const USER: &str = "user:u1";

/// Rules are role links from a group to a target; the user's groups are such links too, and are there already when the
/// clock starts, though every login would have to replace them. Timed: the implicit roles, and the diff.
///
/// It cannot match patterns in role links, but by a function that is called for each pair of names. It does not say
/// which rule gave a role.
pub(super) struct Casbin {
    enforcer: Enforcer,
    sets: Sets,
}

impl Casbin {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        let link = |from: String, to: String| vec![from, to];
        let rules = world
            .rules
            .iter()
            .map(|rule| link(format!("group:{}", named(&rule.condition)), format!("target:{}", rule.target)));
        let groups = world.groups.iter().map(|group| link(USER.to_owned(), format!("group:{group}")));
        let enforcer = ready(async {
            let model = DefaultModel::from_str(MODEL).await?;
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
            enforcer.add_named_grouping_policies("g", rules.collect()).await?;
            enforcer.add_named_grouping_policies("g", groups.collect()).await?;
            Ok::<_, casbin::Error>(enforcer)
        });
        Self { enforcer: enforcer.expect("the model and the links are well formed"), sets: Sets::new(world) }
    }
}

impl Peer for Casbin {
    fn run(&mut self) {
        self.sets.clear();
        let roles = self.enforcer.get_implicit_roles_for_user(USER, None);
        for target in roles.iter().filter_map(|role| role.strip_prefix("target:")) {
            self.sets.want_somehow(target);
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.bare_answer())
    }
}

/// The result of a future that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("all of it is in memory: there is nothing to wait for"),
    }
}
