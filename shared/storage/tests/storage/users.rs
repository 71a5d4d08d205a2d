//! Users, how they sign in, their sessions; opening an account.

use domain::access::{ConversationAccess, Role};
use storage::{AddUserError, SaveUser, StoreError, Traces, UserRecord};

use crate::support::{World, account, at, id, page, session, sign_up, update, user, with_password};

const MANAGER: [Role; 1] = [Role::AccountManager];

fn stripped(record: &UserRecord) -> UserRecord {
    let mut after = record.clone();
    after.user.roles.clear();
    after
}

fn promoted(record: &UserRecord) -> UserRecord {
    let mut after = record.clone();
    after.user.roles.insert(Role::AccountManager.into());
    after
}

impl World {
    async fn record(&self, n: u64) -> UserRecord {
        self.account.user(id(n)).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn who_signs_up_has_an_account_and_a_session_and_can_sign_in() {
    let world = World::new().await;
    let credential = world.store.credential(&world.manager.email).await.unwrap().unwrap();
    assert_eq!((credential.account, credential.user), (world.account.id(), world.manager.id));
    assert_eq!(credential.password_hash.as_deref(), Some("$argon2id$"));
    let record = world.account.asking(world.manager.id, false).await.unwrap().user.unwrap();
    assert_eq!((record.user, record.sessions.len(), record.version), (world.manager.clone(), 1, 1));
    assert!(record.sessions[0] == session(1));
    let settings = world.account.settings().await.unwrap().unwrap();
    let default_gateway = Some(world.gateway.id);
    assert_eq!(settings, domain::account::Account { default_gateway, ..account(1) });
}

#[tokio::test]
async fn an_unknown_address_has_no_credential() {
    let world = World::new().await;
    assert!(world.store.credential(&"nobody@example.com".parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn an_address_belongs_to_one_user_of_all_accounts() {
    let world = World::new().await;
    let before = world.items();
    let others = account(2);
    let mut late = user(&others, 5, Role::ALL);
    late.email = world.colleague.email.clone();
    let refused = world.store.sign_up(sign_up(&others, &late)).await.unwrap_err();
    assert!(matches!(refused, AddUserError::EmailTaken), "{refused:?}");
    late.account = world.account.id();
    let refused = world.account.add_user(&with_password(&late), &Traces::default()).await.unwrap_err();
    assert!(matches!(refused, AddUserError::EmailTaken), "{refused:?}");
    assert_eq!(world.items(), before, "a refused sign-up left something behind");
}

#[tokio::test]
async fn nobody_is_added_to_an_account_that_does_not_exist() {
    let world = World::new().await;
    let before = world.items();
    let nowhere = world.store.account(id(404));
    let refused = nowhere
        .add_user(&with_password(&user(&account(404), 5, MANAGER)), &Traces::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, AddUserError::Store(StoreError::Unreadable { .. })), "{refused:?}");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn users_are_listed_in_the_order_in_which_they_were_added() {
    let world = World::new().await;
    for n in 3..=7 {
        world.account.add_user(&with_password(&user(&account(1), n, [])), &Traces::default()).await.unwrap();
    }
    for size in [1, 2, 6, 7, 8] {
        let (mut names, mut cursor) = (Vec::new(), None);
        loop {
            let found = world.account.users(page(size, cursor.as_deref())).await.unwrap().unwrap();
            names.extend(found.items.into_iter().map(|user| user.name.as_str().to_owned()));
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(names, (1..=7).map(|n| format!("User {n}")).collect::<Vec<_>>(), "by {size}");
    }
    assert_eq!(world.account.all_users().await.unwrap().len(), 7);
}

#[tokio::test]
async fn sessions_are_saved_over_the_version_that_was_read() {
    let world = World::new().await;
    let read = world.record(2).await;
    let mut signed_in = read.clone();
    signed_in.sessions.push(session(7));
    assert!(world.account.save_user(&signed_in).await.unwrap());
    let mut also = read.clone();
    also.sessions.push(session(8));
    assert!(!world.account.save_user(&also).await.unwrap(), "the first session would be lost");
    let now = world.record(2).await;
    assert!(now.sessions == [session(7)] && now.version == read.version + 1);
}

#[tokio::test]
async fn a_user_who_does_not_exist_cannot_be_saved() {
    let world = World::new().await;
    let before = world.items();
    let mut record = world.record(2).await;
    record.user.id = id(404);
    assert!(!world.account.save_user(&record).await.unwrap());
    assert_eq!(
        world.account.change_user(update(&record, &promoted(&record))).await.unwrap(),
        SaveUser::Changed
    );
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_profile_is_changed_over_the_version_that_was_read() {
    let world = World::new().await;
    let before = world.record(2).await;
    let mut after = before.clone();
    after.user.conversation_access = ConversationAccess::Assigned;
    after.user.name = "Renée".parse().unwrap();
    assert_eq!(world.account.change_user(update(&before, &after)).await.unwrap(), SaveUser::Saved);
    let now = world.record(2).await;
    assert_eq!((&now.user, now.version), (&after.user, before.version + 1));
    assert_eq!(
        world.account.change_user(update(&before, &promoted(&before))).await.unwrap(),
        SaveUser::Changed
    );
    assert_eq!(world.record(2).await.user, after.user);
}

#[tokio::test]
async fn x16_the_last_account_manager_stays() {
    let world = World::new().await;
    let before = world.record(1).await;
    let table = world.items();
    let refused = world.account.change_user(update(&before, &stripped(&before))).await.unwrap();
    assert_eq!(refused, SaveUser::LastAccountManager);
    assert_eq!(world.items(), table);
    // With a second one, the first may go; then the second may not.
    let colleague = world.record(2).await;
    assert_eq!(
        world.account.change_user(update(&colleague, &promoted(&colleague))).await.unwrap(),
        SaveUser::Saved
    );
    assert_eq!(
        world.account.change_user(update(&before, &stripped(&before))).await.unwrap(),
        SaveUser::Saved
    );
    let colleague = world.record(2).await;
    let refused = world.account.change_user(update(&colleague, &stripped(&colleague))).await.unwrap();
    assert_eq!(refused, SaveUser::LastAccountManager);
}

#[tokio::test]
async fn x16_two_managers_who_demote_each_other_at_once_cannot_both_succeed() {
    let world = World::new().await;
    world.account.add_user(&with_password(&user(&account(1), 3, MANAGER)), &Traces::default()).await.unwrap();
    let (one, other) = (world.record(1).await, world.record(3).await);
    let (after_one, after_other) = (stripped(&one), stripped(&other));
    let demoted = tokio::join!(
        world.account.change_user(update(&other, &after_other)),
        world.account.change_user(update(&one, &after_one)),
    );
    let mut answers = [demoted.0.unwrap(), demoted.1.unwrap()];
    answers.sort_by_key(|answer| *answer == SaveUser::LastAccountManager);
    assert_eq!(answers, [SaveUser::Saved, SaveUser::LastAccountManager]);
    let managers = world.account.all_users().await.unwrap();
    let managers = managers.iter().filter(|user| user.roles.contains(&Role::AccountManager.into())).count();
    assert_eq!(managers, 1);
    assert_eq!(world.of_kind("account")[0]["account_managers"]["N"], "1");
}

#[tokio::test]
async fn account_managers_are_counted_however_they_came_to_be() {
    let world = World::new().await;
    let managers = || world.of_kind("account")[0]["account_managers"]["N"].as_str().unwrap().to_owned();
    assert_eq!(managers(), "1");
    world.account.add_user(&with_password(&user(&account(1), 3, MANAGER)), &Traces::default()).await.unwrap();
    assert_eq!(managers(), "2");
    world
        .account
        .add_user(&with_password(&user(&account(1), 4, [Role::PeopleManager])), &Traces::default())
        .await
        .unwrap();
    assert_eq!(managers(), "2");
    let colleague = world.record(2).await;
    world.account.change_user(update(&colleague, &promoted(&colleague))).await.unwrap();
    assert_eq!(managers(), "3");
    // Still one after a change that does not touch it.
    let colleague = world.record(2).await;
    world.account.change_user(update(&colleague, &colleague)).await.unwrap();
    assert_eq!(managers(), "3");
    let colleague = world.record(2).await;
    world.account.change_user(update(&colleague, &stripped(&colleague))).await.unwrap();
    assert_eq!(managers(), "2");
}

#[tokio::test]
async fn times_are_kept_to_the_millisecond() {
    let world = World::new().await;
    let mut record = world.record(2).await;
    let fine = at(5) + jiff::SignedDuration::from_micros(999);
    record.sessions.push(storage::Session { expires_at: fine, ..session(7) });
    world.account.save_user(&record).await.unwrap();
    assert_eq!(world.record(2).await.sessions[0].expires_at, at(5));
}
