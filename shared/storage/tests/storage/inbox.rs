//! An item of every kind that working in the inbox leaves, for the comparison with the document of the table.

use std::collections::BTreeSet;

use domain::{
    access::{ConversationAccess, MessageAccess, Viewer},
    automation::{Assign, Automation, Trigger},
    conversation::{Conversation, View},
    job::{Job, JobKind, Starter},
    link::Nonce,
    live::{ConnectionId, Ticket},
    media::{FileType, KeptFile},
    quick_reply::QuickReply,
    saved_view::{Filter, SavedView},
    scope::Scope,
    statistics::{Counts, Of, Tally},
    tag::{Tag, TagColour},
};
use storage::{
    AutomationRecord, Connection, JobPart, JobRecord, LoggedChange, Pin, Pins, QuickReplyRecord,
    SavedViewRecord, Series, TagRecord, Traces, Watcher,
};

use crate::support::{World, at, id};

/// The name of the connection.
pub(crate) const CONNECTION: &str = "L0SM9cOFvHcCIhw=";
/// How keys spell the term under which the contact is found, `ann`.
pub(crate) const TERM: &str = "616e6e";
/// And how they spell its first two characters.
pub(crate) const TERM_BEGINS: &str = "616e";

/// All of it.
pub(crate) async fn left(world: &World, conversation: &Conversation) {
    tagged(world, conversation).await;
    prepared(world).await;
    live(world, conversation).await;
    derived(world, conversation).await;
    let starter = Starter { user: id(1), api_key: None, session: None, address: None };
    let job = Job::new(id(1), JobKind::ContactImport, starter, at(1));
    let work = serde_json::Value::Null;
    let mut record = JobRecord { job, work, held_until: None, tries: 0, version: 0 };
    for series in [Series::Upload, Series::Results] {
        let part = JobPart { series, number: 1, content: vec![1] };
        world.account.put_job_part(&record.job, &part).await.unwrap();
    }
    assert!(world.account.save_job(&mut record, Some(at(9)), None, &Traces::default()).await.unwrap());
}

/// A conversation with a tag and a pin, and a tag that was removed.
async fn tagged(world: &World, conversation: &Conversation) {
    let account = &world.account;
    for (n, name) in [(1, "Catering"), (2, "Gone")] {
        let tag = Tag { id: id(n), name: name.to_owned().try_into().unwrap(), colour: TagColour::ALL[0] };
        let record = TagRecord { tag, version: 0 };
        account.save_tag(&record, None, &Traces::default()).await.unwrap();
    }
    let gone = account.tag(id(2)).await.unwrap().unwrap();
    assert!(account.remove_tag(&gone, at(9), &Traces::default()).await.unwrap());
    let conversation = account.conversation(conversation.id).await.unwrap().unwrap();
    world.act(&conversation, at(9), |it| it.tag(id(1)).unwrap()).await;
    let pins = Pins { pins: vec![Pin { conversation: conversation.id, at: at(9) }], version: 0 };
    assert!(account.save_pins(id(1), &pins).await.unwrap());
}

/// An automation that has run, a quick reply and a saved view.
async fn prepared(world: &World) {
    let account = &world.account;
    let automation = Automation {
        id: id(1),
        name: "Thanks".parse().unwrap(),
        trigger: Trigger::ConversationCompleted,
        template: None,
        assign: Assign::default(),
        enabled: true,
        created_at: at(1),
    };
    account.save_automation(&AutomationRecord { automation, version: 0 }, &[]).await.unwrap();
    assert!(account.begin_automation(id(1), id(1), at(1)).await.unwrap());
    let file = KeptFile { id: id(1), file_type: FileType::Jpeg, bytes: 1 };
    assert!(account.put_upload(&storage::Upload { file, user: id(1), at: at(1) }).await.unwrap());
    let quick_reply = QuickReply {
        id: id(1),
        title: "Parking".parse().unwrap(),
        text: "Behind the house.".to_owned().try_into().unwrap(),
        scope: Scope::Account,
        created_at: at(1),
    };
    assert!(account.save_quick_reply(&QuickReplyRecord { quick_reply, version: 0 }, &[]).await.unwrap());
    let filter = Filter { view: View::Inbox, assigned_to: None, gateway: None, tag: None };
    let name = "Mine".parse().unwrap();
    let view = SavedView { id: id(1), name, filter, scope: Scope::Account, created_at: at(1) };
    assert!(account.save_saved_view(&SavedViewRecord { view, version: 0 }, &[]).await.unwrap());
}

/// Somebody who is told of changes and looks at a conversation.
async fn live(world: &World, conversation: &Conversation) {
    let account = &world.account;
    let user = world.manager.id;
    let name: ConnectionId = CONNECTION.to_owned().try_into().unwrap();
    let connection = Connection {
        id: name.clone(),
        user,
        name: "Ann".parse().unwrap(),
        session: id(1),
        address: None,
        viewer: Viewer { user, access: ConversationAccess::All, message_access: MessageAccess::Read },
        checked_at: at(1),
        watching: Some(conversation.id),
        expires_at: at(9),
    };
    assert!(account.add_connection(&connection).await.unwrap());
    let watcher = Watcher { connection: name, user, typing_until: None, expires_at: at(9) };
    account.watch(conversation.id, &watcher).await.unwrap();
    let ticket =
        Ticket { account: account.id(), user, session: id(1), nonce: Nonce([4; 16]), expires_at: at(9) };
    assert!(account.use_ticket(&ticket).await.unwrap());
}

/// What follows from a change of a conversation.
async fn derived(world: &World, conversation: &Conversation) {
    let account = &world.account;
    let (version, lost) = (Some(7), BTreeSet::new());
    let change =
        LoggedChange { conversation: conversation.id, version, entries: vec![1], lost, only_for: None };
    account.log_change(&change, at(1)).await.unwrap();
    let under = BTreeSet::from(["ann".to_owned()]);
    account.index_contact(conversation.contact, &under, &BTreeSet::new()).await.unwrap();
    account.index_message(conversation.id, 1, at(1), &under).await.unwrap();
    let mut tally = Tally::default();
    let counts = Counts { inbound: 1, ..Counts::default() };
    tally.add(Of::Gateway(world.gateway.id), jiff::civil::date(2030, 1, 8), counts);
    let version = format!("{:012}", 7);
    assert!(account.count_once(conversation.id, &version, &tally, at(1)).await.unwrap());
}
