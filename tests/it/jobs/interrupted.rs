//! Jobs that are cut anywhere, worked on twice or by two at once: the same in the end as if nothing had happened.

use std::collections::BTreeMap;

use app::jobs::imports::{
    Column, Duplicates, ImportRequest, Meaning, RowResult, create, put_part, results, start,
};
use domain::contact::Contact;
use domain::id::JobId;
use domain::job::{JobState, Outcome};
use engines::faults::Plan;
use storage::PageRequest;
use testkit::{Business, World};

/// A file in which every twentieth row is bad, and some are about somebody who is in it already.
fn file(rows: u32) -> String {
    let mut text = "Phone,Name,E-mail\n".to_owned();
    for n in 0..rows {
        let line = match n {
            _ if n % 20 == 3 => format!("12,Bad {n},\n"),
            _ if n % 10 == 7 => format!("+1212555{:04},Again {n},again{n}@example.com\n", n - 5),
            _ => format!("+1212555{n:04},Customer {n},\n"),
        };
        text.push_str(&line);
    }
    text
}

async fn begin(world: &World, business: &Business, file: &str) -> JobId {
    let mapping = [("phone", Meaning::Number), ("name", Meaning::Name), ("e-mail", Meaning::Email)];
    let mapping =
        mapping.into_iter().map(|(name, meaning)| (Column::Named(name.to_owned()), meaning)).collect();
    let duplicates =
        Duplicates { replace: true, replace_lists: false, preserve: false, skip_automations: false };
    let request = ImportRequest { file_name: None, mapping, home: None, duplicates, list: None };
    let import = create(&world.app, &business.owner, &request).await.unwrap();
    for (part, content) in (1..).zip(file.as_bytes().chunks(10_007)) {
        put_part(&world.app, &business.owner, import.job.id, part, content).await.unwrap();
    }
    start(&world.app, &business.owner, import.job.id).await.unwrap();
    import.job.id
}

/// What is left behind: who is there, and what became of each row, by number instead of by id.
async fn left(world: &World, business: &Business, job: JobId) -> (BTreeMap<String, String>, Vec<String>) {
    let store = world.app.store.account(business.owner.account);
    let mut contacts: Vec<Contact> = Vec::new();
    let mut cursor = None;
    loop {
        let page = PageRequest { limit: 100, cursor: cursor.as_deref() };
        let found = store.contacts(page).await.unwrap().unwrap();
        contacts.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let numbers: BTreeMap<_, _> =
        contacts.iter().map(|it| (it.id, it.numbers[0].as_str().to_owned())).collect();
    let profile = |it: &Contact| {
        let emails: Vec<_> = it.emails.iter().map(domain::email::EmailAddress::as_str).collect();
        format!(
            "{:?} {emails:?} {:?}",
            it.name.as_ref().map(|name| name.as_str().to_owned()),
            it.numbers.len()
        )
    };
    let shown = contacts.iter().map(|it| (numbers[&it.id].clone(), profile(it))).collect();
    assert_eq!(contacts.len(), numbers.len());
    let (mut rows, mut cursor): (Vec<RowResult>, Option<String>) = (Vec::new(), None);
    loop {
        let found = results(&world.app, &business.owner, job, cursor.as_deref()).await.unwrap();
        rows.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let line = |it: &RowResult| {
        let contact = it.contact.map(|id| numbers[&id].clone());
        format!("{} {:?} {contact:?} {:?} {:?}", it.row, it.outcome, it.reason, it.field)
    };
    (shown, rows.iter().map(line).collect())
}

async fn state(world: &World, business: &Business, job: JobId) -> JobState {
    app::jobs::get(&world.app, &business.owner, job).await.unwrap().state
}

async fn undisturbed(rows: u32) -> (BTreeMap<String, String>, Vec<String>) {
    let world = World::new(404).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    let job = begin(&world, &business, &file(rows)).await;
    for _ in 0..100 {
        for taken in world.take_jobs(1) {
            world.work(&taken).await.unwrap();
        }
    }
    assert_eq!(state(&world, &business, job).await, JobState::Done);
    left(&world, &business, job).await
}

/// Requests and answers get lost all the time; workers die wherever that leaves them, and others go on after a while.
#[tokio::test(start_paused = true)]
async fn b15_an_import_that_is_killed_again_and_again_ends_as_if_it_had_not_been() {
    const ROWS: u32 = 2_000;
    let (contacts, rows) = undisturbed(ROWS).await;
    assert_eq!(rows.len(), 2_000);
    assert_eq!(rows.iter().filter(|row| row.contains("Failed")).count(), 100);
    let world = World::new(405).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    let job = begin(&world, &business, &file(ROWS)).await;
    let plan = Plan { lost_request: 0.0008, lost_response: 0.0008, ..Plan::default() };
    world.dynamo.faults().set_plan(7, plan);
    let mut died = 0;
    for _ in 0..400 {
        for taken in world.take_jobs(1) {
            died += u32::from(world.work(&taken).await.is_err());
        }
        if died > 12 {
            world.dynamo.faults().clear();
        }
        tokio::time::advance(std::time::Duration::from_mins(1)).await;
        app::jobs::queue_stuck(&world.app).await.ok();
        if world.dynamo.faults().pending() == 0
            && died > 12
            && state(&world, &business, job).await.has_ended()
        {
            break;
        }
    }
    world.dynamo.faults().clear();
    assert!(died > 3, "only {died} workers died");
    for _ in 0..100 {
        tokio::time::advance(std::time::Duration::from_mins(2)).await;
        app::jobs::queue_stuck(&world.app).await.unwrap();
        for taken in world.take_jobs(1) {
            world.work(&taken).await.unwrap();
        }
    }
    assert_eq!(state(&world, &business, job).await, JobState::Done);
    let again = left(&world, &business, job).await;
    assert_eq!(again.1, rows);
    assert_eq!(again.0, contacts);
    let progress = app::jobs::get(&world.app, &business.owner, job).await.unwrap().progress;
    assert_eq!(progress.worked_on, 2_000);
    assert_eq!(progress.outcomes[&Outcome::Failed], 100);
}
