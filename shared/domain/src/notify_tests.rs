//! Tests of who is told, as tables: access, assignment, others' assignment, mutes and actors (C09 to C13, X06, X18).

use uuid::Uuid;

use super::*;
use crate::access::MessageAccess;

fn viewer(user: UserId, access: ConversationAccess) -> Viewer {
    Viewer { user, access, message_access: MessageAccess::None }
}

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

fn those(people: &[(bool, UserId)]) -> BTreeSet<UserId> {
    people.iter().filter_map(|(is, who)| is.then_some(*who)).collect()
}

/// C09 to C12, C17, X06 as a table: access of the person, whether assigned, whether others are assigned, whether they have muted
/// the conversation, whether others have.
#[test]
fn c09_to_c12_x06_who_is_told_of_an_inbound_message_and_how() {
    use ConversationAccess::{All, Assigned, None};
    let (me, other) = (user(1), user(2));
    let mut rows = 0;
    for (access, assigned, others_assigned, told) in [
        (All, false, false, true),
        (All, false, true, false),
        (All, true, false, true),
        (All, true, true, true),
        (Assigned, false, false, false),
        (Assigned, false, true, false),
        (Assigned, true, false, true),
        (Assigned, true, true, true),
        (None, false, false, false),
        (None, false, true, false),
        (None, true, false, false),
        (None, true, true, false),
    ] {
        for (muted, others_muted) in [(false, false), (false, true), (true, false), (true, true)] {
            let assignees = those(&[(assigned, me), (others_assigned, other)]);
            let muted_by = those(&[(muted, me), (others_muted, other)]);
            let people = [viewer(me, access), viewer(other, All)];
            let recipients = inbound_recipients(&assignees, &muted_by, &people);
            let row = format!(
                "{access:?} assigned {assigned} others {others_assigned} muted {muted} {others_muted}"
            );
            let loudness = |muted| if muted { Loudness::Silent } else { Loudness::Loud };
            assert_eq!(recipients.get(&me).copied(), told.then(|| loudness(muted)), "{row}");
            let other_told = others_assigned || assignees.is_empty();
            assert_eq!(recipients.get(&other).copied(), other_told.then(|| loudness(others_muted)), "{row}");
            rows += 1;
        }
    }
    assert_eq!(rows, 48);
}

#[test]
fn c13_x18_only_an_assignment_by_somebody_else_is_told() {
    assert_eq!(assignment_recipient(user(1), Some(user(1))), None);
    assert_eq!(assignment_recipient(user(1), Some(user(2))), Some(user(1)));
    assert_eq!(assignment_recipient(user(1), None), Some(user(1)));
}

#[test]
fn d33_a_mention_is_told_to_others_who_may_read_the_note() {
    use ConversationAccess::{All, Assigned, None};
    let (me, author) = (user(1), user(2));
    for (access, message_access, assigned, told) in [
        (All, MessageAccess::None, false, true),
        (Assigned, MessageAccess::None, false, false),
        (Assigned, MessageAccess::Read, false, true),
        (Assigned, MessageAccess::None, true, true),
        (None, MessageAccess::Write, true, false),
    ] {
        let people = [Viewer { user: me, access, message_access }, viewer(author, All), viewer(user(3), All)];
        let assignees = those(&[(assigned, me)]);
        let mentions = BTreeSet::from([me, author]);
        let recipients = mention_recipients(&mentions, Some(author), Some(&assignees), &people);
        assert_eq!(recipients, those(&[(told, me)]), "{access:?} {message_access:?} {assigned}");
        let about_a_customer = mention_recipients(&mentions, Some(author), Option::None, &people);
        assert_eq!(about_a_customer, BTreeSet::from([me]));
    }
}
