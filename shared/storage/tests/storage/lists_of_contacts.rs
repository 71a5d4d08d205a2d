//! Templates, lists of contacts and keywords: made once, changed over what was read, removed with what hangs on them.

use std::collections::BTreeSet;

use domain::{
    audit::{AuditAction, AuditActor, AuditEntry},
    automation::Assign,
    id::ContactId,
    keyword::Keyword,
    managed::ManagedBy,
    scope::Scope,
    template::Template,
};
use serde_json::Value;
use storage::{
    AccountStore, AuditFilter, ContactList, ContactListRecord, KeywordAnswer, KeywordRecord, KeywordUse,
    ListAddition, Listed, SaveKeyword, TemplateRecord, Traces,
};

use crate::support::{World, at, customer, id, page};

pub(crate) fn template(n: u64) -> TemplateRecord {
    let template = Template {
        id: id(n),
        name: format!("Template {n}").parse().unwrap(),
        text: "Hi {first_name}, see you on {day}.".to_owned().try_into().unwrap(),
        managed_by: ManagedBy::Master,
        scope: Scope::Account,
        created_at: at(1),
    };
    TemplateRecord { template, version: 0 }
}

pub(crate) fn list(n: u64) -> ContactListRecord {
    let list = ContactList { id: id(n), name: format!("List {n}").parse().unwrap(), created_at: at(1) };
    ContactListRecord { list, version: 0 }
}

pub(crate) fn keyword(account: &AccountStore, word: &str, list: u64, answer: Option<u64>) -> KeywordRecord {
    let word = word.parse().unwrap();
    let keyword = Keyword {
        id: Keyword::id_for(account.id(), &word),
        word,
        contact_list: id(list),
        answer: answer.map(id),
        assign: Assign::default(),
        managed_by: ManagedBy::Account,
        created_at: at(1),
    };
    KeywordRecord { keyword, version: 0 }
}

fn entry(n: u64) -> AuditEntry {
    AuditEntry {
        id: id(n),
        at: at(1),
        actor: AuditActor::Operator,
        address: None,
        action: AuditAction::TemplateCreated,
        object: "object".into(),
        before: Value::Null,
        after: Value::Null,
    }
}

/// A world in which somebody has written; who that is.
async fn with_contact() -> (World, ContactId) {
    let world = World::new().await;
    let contact = world.receive(&customer(1), "SM1", at(1)).await.contact;
    (world, contact)
}

async fn members(world: &World, n: u64) -> Vec<ContactId> {
    let found = world.account.members(id(n), page(100, None)).await.unwrap().unwrap();
    found.items.into_iter().map(|it| it.contact.id).collect()
}

#[tokio::test]
async fn a07_a_template_is_made_once_and_changed_over_what_was_read() {
    let world = World::new().await;
    let account = &world.account;
    let traces = [(account.id(), Traces::from(entry(1))), (id(99), Traces::from(entry(2)))];
    assert!(account.save_template(&template(1), &traces).await.unwrap());
    assert!(!account.save_template(&template(1), &[]).await.unwrap(), "it exists");
    let found = account.template(id(1)).await.unwrap().unwrap();
    assert_eq!((&found.template, found.version), (&template(1).template, 1));
    // The traces are in the logs of both accounts.
    for log in [account.clone(), world.store.account(id(99))] {
        let log = log.audit_log(&AuditFilter::default(), page(10, None)).await.unwrap().unwrap();
        assert_eq!(log.items.len(), 1);
    }
    let mut changed = found.clone();
    changed.template.name = "Other".parse().unwrap();
    assert!(account.save_template(&changed, &[]).await.unwrap());
    assert!(!account.save_template(&changed, &[]).await.unwrap(), "it was changed since");
    assert!(!account.remove_template(&found, &[]).await.unwrap(), "it was changed since");
    let found = account.template(id(1)).await.unwrap().unwrap();
    assert!(account.remove_template(&found, &[]).await.unwrap());
    assert!(!account.remove_template(&found, &[]).await.unwrap());
    assert!(account.template(id(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn the_lists_of_an_account_come_in_pages_and_are_its_own() {
    let world = World::new().await;
    for n in 1..=5 {
        assert!(world.account.save_template(&template(n), &[]).await.unwrap());
        assert!(world.account.save_contact_list(&list(n), &[]).await.unwrap());
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let found = world.account.contact_lists(page(2, cursor.as_deref())).await.unwrap().unwrap();
        seen.extend(found.items.into_iter().map(|it| it.id));
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=5).map(id).collect::<Vec<_>>());
    let other = world.store.account(id(99));
    let everybodys = BTreeSet::from([Scope::Account]);
    assert!(other.templates(&everybodys, page(10, None)).await.unwrap().unwrap().items.is_empty());
    assert!(other.template(id(1)).await.unwrap().is_none());
    let first = world.account.templates(&everybodys, page(2, None)).await.unwrap().unwrap();
    assert!(world.account.contact_lists(page(2, first.next_cursor.as_deref())).await.unwrap().is_err());
}

#[tokio::test]
async fn a06_a_contact_is_on_a_list_once_and_only_on_lists_that_exist() {
    let (world, contact) = with_contact().await;
    let account = &world.account;
    let add = |n, contact| async move {
        account.add_member(id(n), contact, at(2), &Traces::default()).await.unwrap()
    };
    assert_eq!(add(1, contact).await, ListAddition::NoSuchList);
    account.save_contact_list(&list(1), &[]).await.unwrap();
    assert_eq!(add(1, id(77)).await, ListAddition::NoSuchContact);
    assert_eq!(add(1, contact).await, ListAddition::Added);
    let before = world.items();
    assert_eq!(add(1, contact).await, ListAddition::Already);
    assert_eq!(world.items(), before);
    assert_eq!(members(&world, 1).await, [contact]);
    assert!(account.remove_member(id(1), contact, &Traces::default()).await.unwrap());
    assert!(!account.remove_member(id(1), contact, &Traces::default()).await.unwrap());
    assert!(members(&world, 1).await.is_empty());
}

#[tokio::test]
async fn the_members_of_a_list_come_in_pages_each_once() {
    let world = World::new().await;
    world.account.save_contact_list(&list(1), &[]).await.unwrap();
    let mut all = BTreeSet::new();
    for n in 1..=7 {
        let contact = world.receive(&customer(n), &format!("SM{n}"), at(i64::from(n))).await.contact;
        world.account.add_member(id(1), contact, at(9), &Traces::default()).await.unwrap();
        all.insert(contact);
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let found = world.account.members(id(1), page(3, cursor.as_deref())).await.unwrap().unwrap();
        assert!(found.items.len() <= 3);
        seen.extend(found.items.into_iter().map(|it| it.contact.id));
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_removed_list_loses_its_members_in_bounded_steps() {
    let world = World::new().await;
    let account = &world.account;
    account.save_contact_list(&list(1), &[]).await.unwrap();
    for n in 1..=5 {
        let contact = world.receive(&customer(n), &format!("SM{n}"), at(1)).await.contact;
        account.add_member(id(1), contact, at(2), &Traces::default()).await.unwrap();
    }
    let found = account.contact_list(id(1)).await.unwrap().unwrap();
    assert!(account.remove_contact_list(&found, at(3), &[]).await.unwrap());
    assert!(world.store.due_clearings(at(2), 5).await.unwrap().is_empty());
    assert_eq!(world.store.due_clearings(at(3), 5).await.unwrap(), [(account.id(), id(1))]);
    assert!(!account.clear_contact_list(id(1), 2).await.unwrap());
    assert!(!account.clear_contact_list(id(1), 2).await.unwrap());
    assert!(account.clear_contact_list(id(1), 2).await.unwrap());
    assert!(world.store.due_clearings(at(9), 5).await.unwrap().is_empty());
    assert!(world.of_kind("member").is_empty() && world.of_kind("clearing").is_empty());
}

#[tokio::test]
async fn a06_a_keyword_has_a_list_and_a_template_that_exist_and_its_word_once() {
    let world = World::new().await;
    let account = &world.account;
    let save = |record: KeywordRecord| async move { account.save_keyword(&record, &[]).await.unwrap() };
    assert_eq!(save(keyword(account, "JOIN", 1, Some(1))).await, SaveKeyword::NoSuchList);
    account.save_contact_list(&list(1), &[]).await.unwrap();
    assert_eq!(save(keyword(account, "JOIN", 1, Some(1))).await, SaveKeyword::NoSuchTemplate);
    account.save_template(&template(1), &[]).await.unwrap();
    assert_eq!(save(keyword(account, "JOIN", 1, Some(1))).await, SaveKeyword::Saved);
    assert_eq!(save(keyword(account, "join", 1, None)).await, SaveKeyword::Changed);
    let folded = "Join".parse().unwrap();
    let found = account.keyword_of(&folded).await.unwrap().unwrap();
    assert_eq!(found, keyword(account, "join", 1, Some(1)).keyword);
    assert_eq!(account.all_keywords().await.unwrap(), std::slice::from_ref(&found));
    assert!(world.store.account(id(99)).keyword_of(&folded).await.unwrap().is_none());
    let record = account.keyword(found.id).await.unwrap().unwrap();
    assert!(account.remove_keyword(&record, &[]).await.unwrap());
    assert!(!account.remove_keyword(&record, &[]).await.unwrap());
    assert!(account.keyword_of(&folded).await.unwrap().is_none());
}

#[tokio::test]
async fn a06_a_text_that_is_a_keyword_counts_once_however_often_it_is_told() {
    let (world, contact) = with_contact().await;
    let account = &world.account;
    let text = KeywordUse { message: id(5), keyword: id(6), list: id(1), contact, at: at(5) };
    assert_eq!(account.use_keyword(&text).await.unwrap(), Listed::NoSuchList);
    assert!(world.of_kind("keyword_use").is_empty());
    account.save_contact_list(&list(1), &[]).await.unwrap();
    assert_eq!(account.use_keyword(&text).await.unwrap(), Listed::Done(KeywordAnswer::Open));
    assert_eq!(members(&world, 1).await, [contact]);
    // Whoever is taken off the list by hand is not put back by the stream's repeating itself.
    account.remove_member(id(1), contact, &Traces::default()).await.unwrap();
    assert_eq!(account.use_keyword(&text).await.unwrap(), Listed::Done(KeywordAnswer::Open));
    assert!(members(&world, 1).await.is_empty());
    account.keyword_answered(id(5), KeywordAnswer::Sent).await.unwrap();
    assert_eq!(account.use_keyword(&text).await.unwrap(), Listed::Done(KeywordAnswer::Sent));
    // Another text puts them back, and a third leaves them as they are.
    let another = KeywordUse { message: id(7), at: at(7), ..text };
    assert_eq!(account.use_keyword(&another).await.unwrap(), Listed::Done(KeywordAnswer::Open));
    let third = KeywordUse { message: id(8), at: at(8), ..text };
    assert_eq!(account.use_keyword(&third).await.unwrap(), Listed::Done(KeywordAnswer::Open));
    let found = account.members(id(1), page(9, None)).await.unwrap().unwrap();
    assert_eq!((found.items.len(), found.items[0].added_at), (1, at(7)));
    assert_eq!(world.of_kind("keyword_use").len(), 3);
}
