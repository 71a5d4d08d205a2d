//! What accepting messages does to their conversation, and what is written of them.

use std::collections::BTreeSet;

use domain::{
    conversation::Conversation,
    id::{MessageId, UserId},
    message::{Charge, Delivery, Message, Status, Way},
    scheduled::Scheduled,
    timeline::{ConversationEvent, Entry, EntryContent},
};
use jiff::Timestamp;
use storage::{Change, MessageRecord};

use super::{Accepted, Order, Sender, content::Finished, target::Target};
use crate::{App, conversations::entries};

/// One message of an order, as it leaves.
pub(super) struct Leaving {
    pub(super) id: MessageId,
    pub(super) content: Finished,
}

/// Accepts the messages of an order, in their order, into a conversation: the change to write and what is answered. The last
/// is the one that the sender meant.
pub(super) fn accept<'a>(
    app: &App,
    sender: &Sender,
    order: &Order<'_>,
    target: &Target,
    mut after: Conversation,
    messages: Vec<Leaving>,
    (at, leave_before): (Timestamp, Option<Timestamp>),
) -> (Change<'a>, Vec<Accepted>) {
    let (mut all, mut records, mut accepted) = (Vec::new(), Vec::new(), Vec::new());
    let shown = messages.last().map(|it| it.content.text.clone()).unwrap_or_default();
    for Leaving { id, content } in messages {
        let sequence = after.take_place(id);
        let delivery = Delivery {
            scheduled: order.due.map(Scheduled::scheduling),
            deferred_until: order.due.filter(|it| it.is_deferred()).map(|it| it.send_at),
            leave_before,
            ..delivery(sender, &content, target, at)
        };
        records.push(MessageRecord {
            message: id,
            conversation: after.id,
            sequence,
            fingerprint: order.fingerprint.clone(),
            credits: delivery.credits,
            at,
        });
        accepted.push(Accepted {
            message: id,
            conversation: after.id,
            encoding: delivery.encoding,
            segments: delivery.segments,
            credits: delivery.credits,
            at,
            send_at: None,
            is_deferred: false,
        });
        let message = Message {
            id,
            conversation: after.id,
            sequence,
            accepted_at: at,
            text: content.text,
            media: content.media,
            way: Way::Outbound(Box::new(delivery)),
        };
        all.push(Entry { sequence, at, content: EntryContent::Message(Box::new(message)) });
    }
    let events = if sender.viewer.is_some() {
        after.send(at, &shown, sender.author)
    } else {
        after.send_automatically(at, &shown);
        assign(&mut after, &sender.assigned)
    };
    all.extend(entries(app, &mut after, sender.actor, events, at));
    let change = Change {
        before: None,
        after,
        entries: all,
        by: sender.by,
        records,
        new_contact: None,
        consent: sender.consent(),
        other_numbers: Vec::new(),
    };
    (change, accepted)
}

/// Assigns those whom an automation names (C19); who does not fit any more is left out.
fn assign(conversation: &mut Conversation, people: &BTreeSet<UserId>) -> Vec<ConversationEvent> {
    people.iter().filter_map(|user| conversation.assign(*user).ok()).flatten().collect()
}

fn delivery(sender: &Sender, content: &Finished, target: &Target, at: Timestamp) -> Delivery {
    let segmentation = content.segmentation();
    Delivery {
        author: sender.actor,
        origin: sender.origin(),
        template: content.template,
        gateway: target.gateway,
        rerouted_from: None,
        exempt_until: sender.exempt_until,
        leave_before: None,
        deferred_until: None,
        to: target.number.clone(),
        encoding: segmentation.encoding,
        segments: segmentation.segments,
        credits: content.price((&target.number).into(), at),
        charge: Charge::Held,
        status: Status::Queued,
        scheduled: None,
        attempts: 0,
        lease: None,
        reference: None,
        failure: None,
        updated_at: at,
        version: 1,
    }
}
