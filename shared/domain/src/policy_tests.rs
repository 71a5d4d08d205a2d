//! The laws of permissions, as tables and properties.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    access::{ConversationAccess, EVERYBODY, Effect, MessageAccess, Role},
    account::UserStatus,
    id::{AccountId, Id, Kind, UserId},
};

fn id<K: Kind>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn user() -> User {
    User {
        id: UserId::from_uuid(Uuid::from_u128(1)),
        account: AccountId::from_uuid(Uuid::from_u128(2)),
        email: "ann@example.com".to_owned().try_into().unwrap(),
        name: name("Ann"),
        status: UserStatus::Active,
        roles: BTreeSet::new(),
        teams: BTreeSet::new(),
        conversation_access: ConversationAccess::None,
        message_access: MessageAccess::None,
        overrides: Grants::default(),
        support_of: None,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

fn name(text: &str) -> DisplayName {
    text.to_owned().try_into().unwrap()
}

fn says(grants: &[Permission], denies: &[Permission]) -> Grants {
    let set = |list: &[Permission]| list.iter().copied().collect();
    Grants::new(set(grants), set(denies), None, None).unwrap()
}

fn gives_access(conversation_access: ConversationAccess, message_access: MessageAccess) -> Grants {
    Grants::new(BTreeSet::new(), BTreeSet::new(), Some(conversation_access), Some(message_access)).unwrap()
}

fn policy(role: Grants, team: Grants) -> Policy {
    let mut policy = Policy { paying_since: Some(Timestamp::UNIX_EPOCH), ..Policy::default() };
    policy.roles.insert(id(10), CustomRole { name: name("Shift lead"), grants: role });
    policy.teams.insert(id(20), Team { name: name("Sales"), grants: team });
    policy
}

fn member() -> User {
    User { roles: BTreeSet::from([RoleRef::Custom(id(10))]), teams: BTreeSet::from([id(20)]), ..user() }
}

#[test]
fn b10_to_b15_each_built_in_role_gives_its_duties_and_nothing_else() {
    let policy = Policy::default();
    for role in Role::ALL {
        let holder = User { roles: BTreeSet::from([RoleRef::BuiltIn(role)]), ..user() };
        let mut expected: BTreeSet<Permission> = role.permissions().iter().copied().collect();
        expected.extend(EVERYBODY);
        assert_eq!(policy.rights(&holder).permissions(), &expected, "{role:?}");
    }
}

#[test]
fn b09_several_roles_give_what_each_of_them_gives() {
    let roles = BTreeSet::from([Role::FinanceDataManager.into(), Role::PeopleManager.into()]);
    let rights = Policy::default().rights(&User { roles, ..user() });
    assert!(rights.may(Permission::CreditsBuy) && rights.may(Permission::ContactsExport));
    assert!(!rights.may(Permission::UsersManage));
}

#[test]
fn every_permission_can_be_had_by_some_role_or_by_everybody_or_with_conversations() {
    let owner = User { roles: RoleRef::built_in(), conversation_access: ConversationAccess::All, ..user() };
    let rights = Policy::default().rights(&owner);
    let missing: Vec<_> = Permission::ALL.iter().filter(|it| !rights.may(**it)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// X13, A21 as a table: what the role, the team and the override say of one permission, and who decides.
#[test]
fn x13_a21_an_override_beats_all_and_a_deny_beats_a_grant() {
    use Effect::{Deny, Grant};
    let export = Permission::ContactsExport;
    let voice = |effect: Option<Effect>| match effect {
        Some(Grant) => says(&[export], &[]),
        Some(Deny) => says(&[], &[export]),
        None => Grants::default(),
    };
    let (role, team) = (Source::Role(RoleRef::Custom(id(10))), Source::Team(id(20)));
    for (of_role, of_team, of_override, allowed, decided_by) in [
        (None, None, None, false, None),
        (Some(Grant), None, None, true, Some(role)),
        (None, Some(Grant), None, true, Some(team)),
        (Some(Grant), Some(Deny), None, false, Some(team)),
        (Some(Deny), Some(Grant), None, false, Some(role)),
        (Some(Deny), Some(Deny), Some(Grant), true, Some(Source::Override)),
        (Some(Grant), Some(Grant), Some(Deny), false, Some(Source::Override)),
        (None, None, Some(Grant), true, Some(Source::Override)),
        (None, None, Some(Deny), false, Some(Source::Override)),
    ] {
        let policy = policy(voice(of_role), voice(of_team));
        let user = User { overrides: voice(of_override), ..member() };
        let explanation = policy.explain(&user, export);
        let case = (of_role, of_team, of_override);
        assert_eq!((explanation.allowed, explanation.decided_by), (allowed, decided_by), "{case:?}");
        assert_eq!(policy.rights(&user).may(export), allowed, "{case:?}");
    }
}

#[test]
fn a17_a_team_that_denies_composing_may_send_only_templates() {
    let team = says(&[], &[Permission::MessagesCompose]);
    let policy = policy(gives_access(ConversationAccess::All, MessageAccess::None), team);
    let rights = policy.rights(&member());
    assert!(rights.may(Permission::MessagesManage) && !rights.may(Permission::MessagesCompose));
    let trusted = User { overrides: says(&[Permission::MessagesCompose], &[]), ..member() };
    assert!(policy.rights(&trusted).may(Permission::MessagesCompose));
}

#[test]
fn c02_c22_levels_are_the_highest_given_unless_overridden() {
    use ConversationAccess::{All, Assigned, None};
    let given = |own, role, team, over: Option<ConversationAccess>| {
        let policy =
            policy(gives_access(role, MessageAccess::Read), gives_access(team, MessageAccess::Write));
        let overrides = over.map_or(Grants::default(), |it| gives_access(it, MessageAccess::None));
        let rights = policy.rights(&User { conversation_access: own, overrides, ..member() });
        rights.conversation_access()
    };
    assert_eq!(given(None, None, None, Option::None), None);
    assert_eq!(given(Assigned, None, None, Option::None), Assigned);
    assert_eq!(given(Assigned, All, None, Option::None), All);
    assert_eq!(given(None, Assigned, All, Option::None), All);
    assert_eq!(given(All, All, All, Some(Assigned)), Assigned);
    assert_eq!(given(All, All, All, Some(None)), None);
    assert_eq!(given(None, None, None, Some(All)), All);
}

#[test]
fn x11_both_the_permission_and_the_access_are_needed() {
    let closed = says(&[], &[Permission::MessagesManage]);
    let user = User { conversation_access: ConversationAccess::All, ..member() };
    assert_eq!(
        policy(closed, Grants::default()).rights(&user).conversation_access(),
        ConversationAccess::None
    );
    let opened = policy(says(&[Permission::MessagesManage], &[]), Grants::default()).rights(&member());
    assert!(opened.may(Permission::MessagesManage));
    assert_eq!(opened.conversation_access(), ConversationAccess::None);
}

#[test]
fn c05_message_access_is_worth_nothing_without_access_to_customers_records() {
    let levels = gives_access(ConversationAccess::Assigned, MessageAccess::Write);
    assert_eq!(
        policy(levels.clone(), Grants::default()).rights(&member()).message_access(),
        MessageAccess::None
    );
    let with_records = policy(levels, says(&[Permission::ContactsRead], &[]));
    assert_eq!(with_records.rights(&member()).message_access(), MessageAccess::Write);
}

#[test]
fn c23_e01_b02_a_permission_is_no_use_without_its_feature_or_before_paying() {
    let owner = User { roles: RoleRef::built_in(), conversation_access: ConversationAccess::All, ..user() };
    let mut policy = policy(Grants::default(), Grants::default());
    let rights = policy.rights(&owner);
    assert_eq!(policy.permits(&rights, Permission::MessagesManage), Ok(()));
    policy.plan.name = PlanName::Starter;
    let refused = policy.permits(&rights, Permission::MessagesManage);
    assert_eq!(refused, Err(Forbidden::Feature(Feature::Messaging)));
    policy.plan.name = PlanName::Growth;
    policy.switched_off.insert(Feature::ApiKeys);
    let refused = policy.permits(&rights, Permission::ApiKeysManage);
    assert_eq!(refused, Err(Forbidden::Feature(Feature::ApiKeys)));
    policy.paying_since = None;
    let refused = policy.permits(&rights, Permission::UsersManage);
    assert_eq!(refused, Err(Forbidden::PayingCustomersOnly(Permission::UsersManage)));
    assert_eq!(policy.permits(&rights, Permission::CreditsBuy), Ok(()));
}

#[test]
fn a12_a13_x17_users_beyond_the_included_ones_are_extra_seats() {
    let plan = Plan::default();
    assert_eq!([1, 6, 7, 1_000].map(|users| plan.extra_seats(users)), [0, 0, 1, 994]);
}

#[test]
fn x16_only_a_role_or_team_that_would_lock_everybody_out_is_refused() {
    assert_eq!(Policy::check_grants(&says(&[], &[Permission::UsersManage])), Err(LocksOut));
    assert_eq!(Policy::check_grants(&says(&[Permission::UsersManage], &[Permission::AuditRead])), Ok(()));
}

#[test]
fn a_team_or_role_that_is_gone_says_nothing() {
    let policy = Policy::default();
    assert_eq!(policy.rights(&member()), policy.rights(&user()));
}

fn any_grants() -> impl Strategy<Value = Grants> {
    let effects = prop::collection::vec(0..3_u8, Permission::ALL.len());
    effects.prop_map(|effects| {
        let with = |wanted| {
            Permission::ALL.iter().zip(&effects).filter(|it| *it.1 == wanted).map(|it| *it.0).collect()
        };
        Grants::new(with(1), with(2), None, None).unwrap()
    })
}

proptest! {
    /// The rights of a user are exactly the permissions that are explained as allowed, and a key within its maker's rights
    /// never has more than them.
    #[test]
    fn rights_and_explanations_agree(role in any_grants(), team in any_grants(), own in any_grants(), key in any_grants()) {
        let policy = policy(role, team);
        let user = User { overrides: own.clone(), ..member() };
        let rights = policy.rights(&user);
        for permission in Permission::ALL {
            prop_assert_eq!(rights.may(*permission), policy.explain(&user, *permission).allowed);
            if let Some(effect) = own.effect(*permission) {
                prop_assert_eq!(rights.may(*permission), effect == Effect::Grant);
            }
        }
        let scopes = Rights::exactly(key.granted().clone(), ConversationAccess::All, MessageAccess::Write);
        let limited = scopes.within(&rights);
        prop_assert!(limited.permissions().is_subset(rights.permissions()));
        prop_assert!(limited.conversation_access() <= rights.conversation_access());
    }
}
