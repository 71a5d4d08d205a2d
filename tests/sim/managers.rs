//! A story about who manages an account: people promote, demote, disable, enable, override and remove each other, several at
//! once, over a table that loses requests and answers, and are killed in the middle. Whatever happens, somebody can manage the
//! account (X16), the counter that guards it is right (I13), and the audit log tells of every change (I11).

use std::{collections::BTreeSet, time::Duration};

use app::{
    Caller,
    users::{UserChange, remove, set_overrides, update},
};
use domain::{
    access::{ConversationAccess, Grants, Permission, Role, RoleRef},
    id::UserId,
};
use engines::faults::Plan;
use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use testkit::World;

/// How many rounds of requests a story has.
const ROUNDS: usize = 15;
/// How many requests are made at the same moment.
const AT_ONCE: usize = 4;

/// What somebody tries to do with a colleague.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Promote,
    Demote,
    Disable,
    Enable,
    Deny,
    Allow,
    Remove,
}

const DEEDS: [Deed; 9] = [
    Deed::Promote,
    Deed::Promote,
    Deed::Demote,
    Deed::Demote,
    Deed::Disable,
    Deed::Enable,
    Deed::Deny,
    Deed::Allow,
    Deed::Remove,
];

fn faults() -> Plan {
    Plan {
        lost_request: 0.05,
        lost_response: 0.05,
        throttled: 0.02,
        transaction_conflict: 0.05,
        slow: 0.3,
        slow_max: Duration::from_millis(200),
        ..Plan::default()
    }
}

struct Managers {
    world: World,
    staff: Vec<Caller>,
    dice: ChaCha8Rng,
}

impl Managers {
    async fn begin(seed: u64) -> Self {
        let world = World::new(seed).await;
        let owner = world.business("Alpha", "+12125550110", 10).await.owner;
        let mut staff = vec![owner.clone()];
        for name in ["ann", "ben", "cid", "dora", "eve"] {
            staff.push(world.colleague(&owner, name, ConversationAccess::All).await);
        }
        Self { world, staff, dice: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Several people try something at the same moment, as they were before it; some of them are killed.
    async fn round(&mut self) {
        let mut tries = Vec::new();
        for _ in 0..AT_ONCE {
            let by = self.staff[self.dice.random_range(0..self.staff.len())].clone();
            let whom = self.staff[self.dice.random_range(0..self.staff.len())].user;
            let deed = DEEDS[self.dice.random_range(0..DEEDS.len())];
            let life =
                if self.dice.random_range(0..100) < 15 { self.dice.random_range(0..200) } else { 900_000 };
            let app = self.world.app.clone();
            tries.push(async move {
                tokio::time::timeout(Duration::from_millis(life), attempt(&app, &by, whom, deed)).await.ok();
            });
        }
        join_all(tries).await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }

    /// Everybody as they are now: a caller is what they may do at the moment of their request.
    async fn look_again(&mut self) {
        self.world.dynamo.faults().clear();
        let account = self.world.app.store.account(self.staff[0].account);
        for caller in &mut self.staff {
            let asking = account.asking(caller.user, true).await.unwrap();
            let profile = asking.user.unwrap().user;
            caller.rights = asking.policy.rights(&profile);
            caller.profile = profile;
        }
    }
}

async fn attempt(app: &app::App, by: &Caller, whom: UserId, deed: Deed) {
    let roles = |roles: &[Role]| Some(roles.iter().copied().map(RoleRef::from).collect());
    let change = |change: UserChange| update(app, by, whom, change);
    let denied = |list: &[Permission]| {
        Grants::new(BTreeSet::new(), list.iter().copied().collect(), None, None).unwrap()
    };
    match deed {
        Deed::Promote => {
            change(UserChange { roles: roles(&[Role::AccountManager]), ..UserChange::default() }).await.ok();
        }
        Deed::Demote => {
            change(UserChange { roles: roles(&[Role::PeopleManager]), ..UserChange::default() }).await.ok();
        }
        Deed::Disable => {
            change(UserChange { enabled: Some(false), ..UserChange::default() }).await.ok();
        }
        Deed::Enable => {
            change(UserChange { enabled: Some(true), ..UserChange::default() }).await.ok();
        }
        Deed::Deny => {
            set_overrides(app, by, whom, denied(&[Permission::UsersManage])).await.ok();
        }
        Deed::Allow => {
            set_overrides(app, by, whom, Grants::default()).await.ok();
        }
        Deed::Remove => {
            remove(app, by, whom, None).await.ok();
        }
    }
}

fn text<'a>(item: &'a Value, path: &str) -> &'a str {
    item.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// Read off the table itself.
fn check(world: &World) -> usize {
    let items = world.items();
    let of_kind = |kind: &'static str| items.iter().filter(move |item| text(item, "/_t/S") == kind);
    let holds = |item: &Value, path: &str, what: &str| {
        let list = item.pointer(path).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|it| it["S"] == what))
    };
    let manages = |user: &&Value| {
        text(user, "/status/S") == "active"
            && holds(user, "/roles/L", "account_manager")
            && !holds(user, "/overrides/M/denies/L", "users:manage")
    };
    let able = of_kind("user").filter(manages).count();
    assert!(able >= 1, "X16: nobody can manage the account");
    let counted: usize = text(of_kind("account").next().unwrap(), "/account_managers/N").parse().unwrap();
    assert_eq!(counted, able, "I13: the counter of account managers is wrong");
    for user in of_kind("user") {
        let told = of_kind("audit")
            .filter(|entry| text(entry, "/entry/M/object/S") == text(user, "/id/S"))
            .filter(|entry| text(entry, "/entry/M/action/S").starts_with("user."))
            .count();
        // Each version is a change that is told, but the first of all: the owner's is the account's, a colleague's first
        // sign-in saves a session.
        let version: usize = text(user, "/version/N").parse().unwrap();
        assert_eq!(told + 1, version, "I11: a change of a user that nobody is told of, or one told twice");
    }
    able
}

/// X16, I11 and I13 under faults, kills and concurrency.
#[test]
fn x16_the_last_account_manager_is_never_lost() {
    let mut fewest = usize::MAX;
    let mut most = 0;
    let first = crate::from_environment("FIRST", 0);
    for seed in first..first + crate::from_environment("SEEDS", crate::SEEDS) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut story = Managers::begin(seed).await;
            for _ in 0..ROUNDS {
                let fault_seed = story.dice.random();
                story.world.dynamo.faults().set_plan(fault_seed, faults());
                story.round().await;
                let managers = check(&story.world);
                (fewest, most) = (fewest.min(managers), most.max(managers));
                story.look_again().await;
            }
        });
    }
    assert!(fewest == 1 && most > 1, "the stories were too tame: {fewest} to {most} managers");
}
