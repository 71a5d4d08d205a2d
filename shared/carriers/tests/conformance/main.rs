//! Every carrier in the registry runs through the same table of cases.
//!
//! The cases are files: `fixtures/<carrier>/<kind>/<name>.json` (`fixtures/README.md` describes them). A new carrier
//! brings its files and a row in [`sign`]; everything else here applies to it at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod fixtures;
mod hostile;
mod parameters;
mod properties;
mod redaction;
mod sign;

use carriers::{CarrierId, Credentials, NotSendable, Refusal};
use fixtures::{KINDS, Message, cases, credentials, describe_events, describe_outcome, hook, reply};
use serde_json::Value;

/// The carriers whose webhooks say that they have understood an opt-out word themselves.
const TELLS_OPT_OUT: [CarrierId; 3] = [CarrierId::Twilio, CarrierId::Plivo, CarrierId::Simulated];

/// What a carrier's receipts never say.
const NEVER_SAYS: [(CarrierId, &str); 3] =
    [(CarrierId::Vonage, "pending"), (CarrierId::VonageSms, "pending"), (CarrierId::MessageBird, "failed")];

#[test]
fn every_carrier_has_cases_of_every_kind() {
    for carrier in carriers::ALL {
        let id = carrier.id();
        for kind in KINDS {
            assert!(!cases(id, kind).is_empty(), "{id} has no cases in {kind}");
        }
        let outcomes: Vec<_> =
            cases(id, "reply").iter().map(|case| case.json["outcome"].to_string()).collect();
        for outcome in ["accepted", "refused", "try_later", "unknown"] {
            assert!(
                outcomes.iter().any(|text| text.contains(outcome)),
                "{id}: no reply that means {outcome}"
            );
        }
        let events: Vec<_> = ["inbound", "status"]
            .into_iter()
            .flat_map(|kind| cases(id, kind))
            .map(|case| case.json["events"].to_string())
            .collect();
        let own_opt_out: &[&str] = if TELLS_OPT_OUT.contains(&id) { &["stop", "start", "help"] } else { &[] };
        let statuses = ["pending", "sent", "delivered", "undelivered", "failed", "unknown"];
        for part in statuses.iter().chain(own_opt_out) {
            assert_eq!(
                !NEVER_SAYS.contains(&(id, part)),
                events.iter().any(|text| text.contains(&format!("\"{part}\""))),
                "{id}: events with {part}"
            );
        }
    }
}

#[test]
fn a_send_builds_the_request_that_the_carrier_documents() {
    for (carrier, case) in fixtures::all("send") {
        let message = Message::of(&case.json["message"]);
        let credentials = case.credentials.clone();
        let request = carrier.send_request(&message.outgoing(), &credentials).unwrap();
        fixtures::assert_request(&case, &request, &case.json["request"]);
        let lookup = carrier.lookup_request(&message.outgoing(), &credentials);
        match (&case.json["lookup"], lookup) {
            (Value::Null, None) => {}
            (expected, Some(lookup)) => fixtures::assert_request(&case, &lookup, expected),
            (_, None) => panic!("{}: no look-up", case.name),
        }
    }
}

#[test]
fn every_answer_to_a_send_has_the_expected_outcome() {
    for (carrier, case) in fixtures::all("reply") {
        let outcome = carrier.send_outcome(&reply(&case.json));
        assert_eq!(describe_outcome(&outcome), case.json["outcome"], "{}", case.name);
    }
}

#[test]
fn every_answer_to_a_look_up_has_the_expected_outcome() {
    for (carrier, case) in fixtures::all("lookup") {
        let outcome = carrier.lookup_outcome(&reply(&case.json));
        assert_eq!(
            outcome.as_ref().map_or(Value::Null, describe_outcome),
            case.json["outcome"],
            "{}",
            case.name
        );
    }
}

#[test]
fn every_webhook_is_believed_and_read() {
    for (carrier, case) in fixtures::hooks() {
        let hook = hook(&case.json);
        let genuine = carrier
            .verify(&hook, &case.credentials, case.arrived_at())
            .unwrap_or_else(|forged| panic!("{}: {forged}", case.name));
        let events = carrier.events(&genuine).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(describe_events(&events), case.json["events"], "{}", case.name);
    }
}

#[test]
fn a_genuine_webhook_that_says_nothing_usable_is_unreadable() {
    for (carrier, case) in fixtures::all("unreadable") {
        let hook = hook(&case.json);
        let genuine = carrier.verify(&hook, &case.credentials, case.arrived_at()).expect(&case.name);
        assert!(carrier.events(&genuine).is_err(), "{}", case.name);
    }
}

#[test]
fn what_breaks_a_limit_is_not_sent() {
    for carrier in carriers::ALL {
        let id = carrier.id();
        let limits = carrier.limits();
        let credentials = credentials(id);
        let good = Message::of(&cases(id, "send")[0].json["message"]);
        let check = |change: &dyn Fn(&mut Message)| {
            let mut message = good.clone();
            change(&mut message);
            carrier.send_request(&message.outgoing(), &credentials).err()
        };
        let text = |count| move |message: &mut Message| message.body = "é".repeat(count);
        assert_eq!(check(&text(limits.body_characters_max)), None, "{id}");
        assert_eq!(check(&text(limits.body_characters_max + 1)), Some(NotSendable::BodyTooLong), "{id}");
        // Where this carrier can fetch it.
        let media = cases(id, "send")
            .iter()
            .find_map(|case| case.json["message"]["media"][0].as_str().map(str::to_owned));
        let url: url::Url =
            media.as_deref().unwrap_or("https://media.textdesk.example/a.jpg").parse().unwrap();
        let media = |count| {
            let url = url.clone();
            move |message: &mut Message| message.media = vec![url.clone(); count]
        };
        assert_eq!(check(&media(limits.media_max)), None, "{id}");
        assert_eq!(check(&media(limits.media_max + 1)), Some(NotSendable::TooMuchMedia), "{id}");
        let empty = |message: &mut Message| (message.body.clear(), message.media.clear()).1;
        assert_eq!(check(&empty), Some(NotSendable::Empty), "{id}");
        let validity = |seconds| move |message: &mut Message| message.validity_seconds = Some(seconds);
        assert_eq!(check(&validity(limits.validity_seconds_max)), None, "{id}");
        assert_eq!(check(&validity(limits.validity_seconds_max + 1)), Some(NotSendable::Validity), "{id}");
        assert_eq!(check(&validity(0)), Some(NotSendable::Validity), "{id}");
    }
}

#[test]
fn a_webhook_is_acknowledged_with_success() {
    for carrier in carriers::ALL {
        assert!(carrier.acknowledge().status.is_success(), "{}", carrier.id());
    }
}

#[test]
fn a_carrier_has_one_name_in_paths_and_in_json() {
    for carrier in carriers::ALL {
        let id = carrier.id();
        assert_eq!(carriers::carrier(id).id(), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_value(id).unwrap(), Value::from(id.as_str()));
    }
    for id in CarrierId::ALL {
        assert_eq!(
            carriers::ALL.iter().filter(|carrier| carrier.id() == id).count(),
            1,
            "{id} is not registered once"
        );
    }
    for other in ["", "TWILIO", "twilio ", "nobody"] {
        assert!(other.parse::<CarrierId>().is_err(), "{other}");
    }
}

#[test]
fn a_refusal_that_only_we_decide_comes_from_no_carrier() {
    for (carrier, case) in fixtures::all("reply") {
        if let carriers::Outcome::Refused { reason, .. } = carrier.send_outcome(&reply(&case.json)) {
            assert!(
                !matches!(
                    reason,
                    Refusal::GaveUp | Refusal::NeverConfirmed | Refusal::OptedOutHere | Refusal::BlockedHere
                ),
                "{}",
                case.name
            );
        }
    }
}

#[test]
fn credentials_with_a_part_missing_or_empty_are_refused_everywhere() {
    for carrier in carriers::ALL {
        let id = carrier.id();
        assert_eq!(carrier.check_credentials(&credentials(id)), Ok(()), "{id}");
        let message = Message::of(&cases(id, "send")[0].json["message"]);
        let case = &cases(id, "inbound")[0];
        let hook = hook(&case.json);
        for broken in fixtures::broken_credentials(id) {
            let credentials = Credentials::from(broken.as_str());
            assert!(carrier.check_credentials(&credentials).is_err(), "{id}: {broken}");
            let sent = carrier.send_request(&message.outgoing(), &credentials);
            assert!(matches!(sent, Err(NotSendable::Credentials(_))), "{id}: {broken}");
            assert!(carrier.lookup_request(&message.outgoing(), &credentials).is_none(), "{id}: {broken}");
            let forged = carrier.verify(&hook, &credentials, case.arrived_at()).expect_err(&broken);
            assert!(forged.is_configuration(), "{id}: {broken}: {forged}");
        }
    }
}
