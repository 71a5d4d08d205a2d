//! Every route that changes something leaves its trace: driven from the description of the API, so a new route without one
//! fails here.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Kept, kept};
use crate::house::{Ask, Operation, PASSWORD, Stage, Who, operations};

/// Where every request of these tests comes from.
const ADDRESS: &str = "127.0.0.1";

use Leaves::{InAStory, Nothing, One, Several};

/// What a request leaves in the log.
pub(super) enum Leaves {
    /// One entry, in each log that it concerns: the action, and whether it shows how things were before and after.
    One(&'static str, bool, bool),
    /// Several things happen at once, and each is told.
    Several(&'static [&'static str]),
    /// Nothing: it changes nothing that is anybody's but the caller's own view, or it is a customer's or carrier's doing.
    Nothing,
    /// It takes a token or a code, or something that the stage does not have: `stories` has it.
    InAStory,
}

/// Every operation that is not a mere look, in an order in which all can happen.
fn expected() -> Vec<(&'static str, Leaves)> {
    let mut all = in_conversations();
    all.extend(of_marketing());
    all.extend(of_contacts());
    all.extend(of_sub_accounts());
    all.extend(of_people());
    all.extend(of_the_account());
    all.extend(of_signing_in());
    all
}

fn in_conversations() -> Vec<(&'static str, Leaves)> {
    vec![
        ("read_conversation", Nothing),
        ("unread_conversation", Nothing),
        ("read_notification", Nothing),
        ("read_notifications", Nothing),
        // A matter of taste, and a device is its owner's.
        ("change_news_preferences", Nothing),
        ("add_push_endpoint", Nothing),
        ("remove_push_endpoint", Nothing),
        ("preview_message", Nothing),
        // A file that nobody has sent yet is nobody's but its owner's.
        ("upload_media", Nothing),
        ("finish_media", Nothing),
        // A ticket for looking on, which one may do anyway.
        ("create_live_ticket", Nothing),
        // What one pins is one's own affair, and so is what one wants to hear nothing of.
        ("pin_conversation", Nothing),
        ("unpin_conversation", Nothing),
        ("mute_conversation", Nothing),
        ("unmute_conversation", Nothing),
        ("create_tag", One("tag.created", false, true)),
        ("change_tag", One("tag.changed", true, true)),
        ("tag_conversation", One("conversation.tagged", false, true)),
        ("untag_conversation", One("conversation.untagged", true, false)),
        ("remove_tag", One("tag.removed", true, false)),
        ("add_conversation_note", One("note.added", false, true)),
        ("unassign_conversation", One("conversation.unassigned", true, false)),
        ("assign_conversation", One("conversation.assigned", false, true)),
        // The owner stays, Ben goes.
        ("replace_assignees", One("conversation.unassigned", true, false)),
        ("snooze_conversation", One("conversation.snoozed", false, true)),
        ("unsnooze_conversation", One("conversation.unsnoozed", false, false)),
        ("complete_conversation", One("conversation.completed", false, true)),
        ("reopen_conversation", One("conversation.reopened", false, true)),
        ("archive_conversation", One("conversation.archived", false, true)),
        ("unarchive_conversation", One("conversation.reopened", false, true)),
        // Who sends is assigned (C16).
        ("send_message", Several(&["conversation.assigned", "message.sent"])),
        ("send_test_message", Several(&["conversation.assigned", "message.sent", "message.sent"])),
        ("change_message", One("message.changed", true, true)),
        ("cancel_message", One("message.cancelled", true, false)),
        ("bring_messages", Nothing),
        ("report_receipts", Nothing),
        ("report_receipt", Nothing),
    ]
}

fn of_contacts() -> Vec<(&'static str, Leaves)> {
    vec![
        ("create_contact", One("contact.created", false, true)),
        ("change_contact", One("contact.changed", true, true)),
        ("block_contact", One("contact.blocked", true, true)),
        ("unblock_contact", One("contact.unblocked", true, true)),
        ("create_contact_note", One("note.added", false, true)),
        ("change_contact_note", One("note.changed", false, true)),
        ("remove_contact_note", One("note.removed", true, false)),
        ("create_contact_event", One("contact.event_told", false, true)),
        ("merge_contacts", One("contact.merged", true, true)),
        ("create_contact_field", One("contact_field.created", false, true)),
        ("change_contact_field", One("contact_field.changed", true, true)),
        ("remove_contact_field", One("contact_field.removed", true, false)),
        ("remove_contact", One("contact.removed", true, false)),
    ]
}

fn of_marketing() -> Vec<(&'static str, Leaves)> {
    vec![
        ("create_contact_import", One("job.started", false, true)),
        // The import is in the log already; the parts of its file and that it goes are no further decisions.
        ("put_contact_import_part", Nothing),
        ("start_contact_import", Nothing),
        ("export_contacts", One("job.started", false, true)),
        ("act_on_conversations", One("conversation.assigned", false, true)),
        ("reconcile_conversations", One("job.started", false, true)),
        // The stage's has ended; `jobs` has one that has not.
        ("cancel_job", Nothing),
        ("create_contact_list", One("contact_list.created", false, true)),
        ("change_contact_list", One("contact_list.changed", true, true)),
        ("take_contact_off_list", One("contact_list.changed", false, true)),
        ("add_contact_to_list", One("contact_list.changed", false, true)),
        ("create_template", One("template.created", false, true)),
        ("change_template", One("template.changed", true, true)),
        ("create_quick_reply", One("quick_reply.created", false, true)),
        ("change_quick_reply", One("quick_reply.changed", true, true)),
        ("remove_quick_reply", One("quick_reply.removed", true, false)),
        ("create_saved_view", One("view.created", false, true)),
        ("change_saved_view", One("view.changed", true, true)),
        ("remove_saved_view", One("view.removed", true, false)),
        ("create_automation", One("automation.created", false, true)),
        ("change_automation", One("automation.changed", true, true)),
        ("remove_automation", One("automation.removed", true, false)),
        ("create_keyword", One("keyword.created", false, true)),
        ("change_keyword", One("keyword.changed", true, true)),
        ("remove_keyword", One("keyword.removed", true, false)),
        ("remove_template", InAStory),
        ("remove_contact_list", InAStory),
    ]
}

fn of_sub_accounts() -> Vec<(&'static str, Leaves)> {
    vec![
        ("open_sub_account", One("account.opened", false, true)),
        (
            "change_sub_account",
            Several(&["account.branding_changed", "account.changed", "account.features_changed"]),
        ),
        ("set_sub_account_branding", One("account.branding_changed", true, true)),
        ("create_contact_list_for_sub_account", One("contact_list.created", false, true)),
        ("create_template_for_sub_account", One("template.created", false, true)),
        ("change_template_of_sub_account", InAStory),
        ("remove_template_of_sub_account", InAStory),
        ("create_keyword_for_sub_account", InAStory),
        ("change_keyword_of_sub_account", InAStory),
        ("remove_keyword_of_sub_account", InAStory),
        ("allocate_credits", One("credits.allocated", false, true)),
        ("reclaim_credits", One("credits.reclaimed", false, true)),
        ("enter_sub_account", InAStory),
        ("invite_first_user_again", InAStory),
        ("suspend_sub_account", One("account.suspended", true, true)),
        ("reopen_sub_account", One("account.reopened", true, true)),
        ("set_plan", One("account.plan_changed", true, true)),
        ("suspend_account", One("account.suspended", true, true)),
        ("reopen_account", One("account.reopened", true, true)),
    ]
}

fn of_people() -> Vec<(&'static str, Leaves)> {
    vec![
        ("add_user", One("user.added", false, true)),
        ("invite_again", InAStory),
        ("accept_invitation", InAStory),
        ("change_user", One("user.changed", true, true)),
        ("override_user", One("user.overridden", true, true)),
        ("create_role", One("role.created", false, true)),
        ("change_role", One("role.changed", true, true)),
        ("remove_role", One("role.removed", true, false)),
        ("create_team", One("team.created", false, true)),
        ("change_team", One("team.changed", true, true)),
        ("remove_team", One("team.removed", true, false)),
        ("create_api_key", One("api_key.created", false, true)),
        ("revoke_api_key", One("api_key.revoked", true, false)),
        ("remove_second_factor_of_user", InAStory),
        ("end_session_of_user", One("session.ended", true, false)),
        ("end_sessions_of_user", InAStory),
        ("remove_user", One("user.removed", true, true)),
    ]
}

fn of_the_account() -> Vec<(&'static str, Leaves)> {
    vec![
        ("change_account", One("account.changed", true, true)),
        ("change_account_alerts", One("alerts.changed", true, true)),
        ("add_gateway", One("gateway.added", false, true)),
        ("change_gateway", One("gateway.changed", true, true)),
        ("order_credits", One("credits.ordered", false, true)),
        ("top_up", One("credits.topped_up", false, true)),
        ("cancel_order", InAStory),
        ("end_support", Nothing),
        ("allow_support", One("support.allowed", true, true)),
        ("change_security_settings", One("security.changed", true, true)),
    ]
}

fn of_signing_in() -> Vec<(&'static str, Leaves)> {
    vec![
        ("sign_up", One("account.opened", false, true)),
        ("sign_in", InAStory),
        ("change_my_alerts", One("alerts.changed", true, true)),
        ("request_email_change", One("email.change_requested", true, true)),
        ("confirm_email_change", InAStory),
        ("request_password_reset", InAStory),
        ("confirm_password_reset", InAStory),
        // It counts for nothing until a first code has confirmed it.
        ("begin_second_factor", Nothing),
        ("confirm_second_factor", InAStory),
        ("renew_recovery_codes", InAStory),
        ("remove_own_second_factor", InAStory),
        ("change_password", One("password.changed", false, false)),
        ("end_session", InAStory),
        ("sign_out", One("session.ended", true, false)),
    ]
}

/// The routes that the stories have to tell of.
pub(super) fn in_stories() -> BTreeSet<&'static str> {
    expected().into_iter().filter(|(_, leaves)| matches!(leaves, InAStory)).map(|(id, _)| id).collect()
}

/// The operation by somebody who may, under a key of its own.
fn ask(stage: &Stage, operation: &Operation) -> Ask {
    let ask = stage.ask(operation).from(ADDRESS);
    // How a sub account looks is said by its master.
    let ask =
        if operation.id == "change_account" { ask.json(&json!({"name": "Harbour Bakers"})) } else { ask };
    if operation.takes_key { ask.key(&operation.id) } else { ask }
}

#[test]
fn every_route_says_what_it_leaves_in_the_log() {
    let described: BTreeSet<String> =
        operations().into_iter().filter(|it| it.method != "GET").map(|it| it.id).collect();
    let listed: Vec<String> = expected().into_iter().map(|(id, _)| id.to_owned()).collect();
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "a route is listed twice");
    assert_eq!(described, once, "say of a new route what it leaves in the audit log");
}

#[tokio::test]
async fn i11_b05_every_route_that_changes_something_leaves_one_entry_with_actor_address_before_and_after() {
    let stage = Stage::set().await;
    let described = operations();
    let mut before: BTreeSet<Kept> = kept(&stage.house).into_iter().collect();
    for (id, leaves) in expected() {
        if matches!(leaves, InAStory) {
            continue;
        }
        let operation = described.iter().find(|it| it.id == id).unwrap();
        let answer = stage.house.ask(ask(&stage, operation)).await;
        assert!(answer.status < 300 || operation.is_webhook, "{id}: {answer:?}");
        stage.house.settle().await;
        let after: BTreeSet<Kept> = kept(&stage.house).into_iter().collect();
        let new: Vec<Kept> = after.difference(&before).cloned().collect();
        check(operation, &leaves, &new);
        before = after;
    }
    stage.house.close().await;
}

/// Makes sure that the new entries are what the request was to leave.
pub(super) fn check(operation: &Operation, leaves: &Leaves, new: &[Kept]) {
    let id = &operation.id;
    for entry in new {
        assert_eq!(entry.address.as_deref(), Some(ADDRESS), "{id}: {entry:?}");
        let actors: &[&str] = match operation.who {
            // In the log of a sub account it was its master.
            Who::User => &["user", "master"],
            Who::Operator => &["operator"],
            Who::Anybody => &["user", "nobody"],
        };
        assert!(actors.contains(&entry.actor.as_str()), "{id}: {entry:?}");
        for hidden in [PASSWORD, "purple elephant", "tds_", "tdk_", "tdl_", "argon2", "otpauth"] {
            assert!(!entry.text.contains(hidden), "{id}: {hidden} in {entry:?}");
        }
    }
    let logs: BTreeSet<&str> = new.iter().map(|it| it.account.as_str()).collect();
    let told = |log: &str| {
        let mut actions: Vec<_> =
            new.iter().filter(|it| it.account == log).map(|it| it.action.as_str()).collect();
        actions.sort_unstable();
        actions
    };
    match leaves {
        Nothing | InAStory => assert!(new.is_empty(), "{id}: {new:?}"),
        One(action, has_before, has_after) => {
            assert!(!logs.is_empty(), "{id} left nothing");
            for log in logs {
                assert_eq!(told(log), [*action], "{id}");
            }
            // The details stand in the log of the account that was changed; its master's may only name the account.
            let detailed = |it: &Kept| (it.has_before, it.has_after) == (*has_before, *has_after);
            assert!(new.iter().any(detailed), "{id}: {new:?}");
        }
        Several(actions) => {
            assert!(!logs.is_empty(), "{id} left nothing");
            for log in logs {
                assert_eq!(told(log), **actions, "{id}");
            }
        }
    }
}
