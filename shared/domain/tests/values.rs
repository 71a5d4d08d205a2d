//! The laws of ids, texts, e-mail addresses and names.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use domain::{
    body::{CHARACTERS_MAX, MessageBody},
    email::EmailAddress,
    id::{AccountId, ContactId, Id, IdError, MessageId, UserId, kind},
    name::DisplayName,
};
use proptest::prelude::*;
use uuid::Uuid;

fn any_message_id() -> impl Strategy<Value = MessageId> {
    any::<u128>().prop_map(|bits| MessageId::from_uuid(Uuid::from_u128(bits)))
}

proptest! {
    // A failing case becomes a test with a name, not a line in a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_id_is_read_back_from_text_and_json(id in any_message_id()) {
        prop_assert_eq!(id.to_string().parse::<MessageId>(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&json, &format!("\"{id}\""));
        prop_assert_eq!(serde_json::from_str::<MessageId>(&json).unwrap(), id);
        prop_assert_eq!(serde_json::from_value::<MessageId>(serde_json::json!(id)).unwrap(), id);
        prop_assert_eq!(id.to_string().len(), 36);
    }

    #[test]
    fn an_id_of_another_kind_is_refused(id in any_message_id()) {
        prop_assert_eq!(id.to_string().parse::<AccountId>(), Err(IdError { prefix: "acc" }));
        prop_assert!(serde_json::from_value::<UserId>(serde_json::json!(id)).is_err());
    }

    #[test]
    fn no_text_but_its_own_is_read_as_an_id(text in "(msg_)?[0-9a-fA-F_-]{30,40}|\\PC{0,40}") {
        if let Ok(id) = text.parse::<MessageId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn ids_order_by_time_as_values_and_as_text(
        time in 0..1_u64 << 47, later in 1..1_u64 << 47, random in any::<[[u8; 10]; 2]>(),
    ) {
        let [first, second] = random;
        let (a, b) = (ContactId::new_v7(time, first), ContactId::new_v7(time + later, second));
        prop_assert!(a < b && a.to_string() < b.to_string());
        prop_assert_eq!((a.uuid().get_version_num(), b.uuid().get_version_num()), (7, 7));
    }

    #[test]
    fn a_derived_id_depends_on_every_part_and_on_where_each_ends(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
        others in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
    ) {
        let derive = |parts: &[Vec<u8>]| MessageId::derive(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(derive(&parts), derive(&parts));
        prop_assert_eq!(derive(&parts) == derive(&others), parts == others);
    }

    #[test]
    fn a_body_is_any_text_without_control_characters_that_shows_something(text in "[\\PC\n\r\t]{0,40}x") {
        let body: MessageBody = text.parse().unwrap();
        prop_assert_eq!(body.as_str(), text.as_str());
        let json = serde_json::to_string(&body).unwrap();
        prop_assert_eq!(serde_json::from_str::<MessageBody>(&json).unwrap(), body);
    }

    #[test]
    fn a_body_with_a_control_character_anywhere_is_refused(
        before in "\\PC{0,20}", control in "[\\p{Cc}&&[^\n\r\t]]", after in "\\PC{0,20}",
    ) {
        let text = format!("{before}{control}{after}");
        prop_assert!(text.parse::<MessageBody>().is_err());
    }

    #[test]
    fn a_body_is_accepted_up_to_its_limit(character in "[a-zé你🎉]", length in 1_590..1_610_usize) {
        prop_assert_eq!(character.repeat(length).parse::<MessageBody>().is_ok(), length <= CHARACTERS_MAX);
    }

    #[test]
    fn reading_an_address_twice_changes_nothing(text in "[ ]?[A-Za-z0-9.+_-]{1,12}@[A-Za-z0-9.-]{1,12}\\.[A-Za-z]{2}") {
        if let Ok(address) = text.parse::<EmailAddress>() {
            prop_assert_eq!(address.as_str().parse::<EmailAddress>(), Ok(address.clone()));
            prop_assert_eq!(text.to_uppercase().parse::<EmailAddress>(), Ok(address));
        }
    }

    #[test]
    fn any_text_is_an_address_in_plain_lower_case_or_refused(text in "\\PC{0,20}@?\\PC{0,20}") {
        if let Ok(address) = text.parse::<EmailAddress>() {
            prop_assert!(address.as_str().bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()));
        }
    }

    #[test]
    fn reading_a_name_twice_changes_nothing(text in "\\PC{0,110}") {
        if let Ok(name) = text.parse::<DisplayName>() {
            prop_assert_eq!(name.as_str().parse::<DisplayName>(), Ok(name.clone()));
            prop_assert_eq!(name.as_str(), text.trim());
        }
    }
}

#[test]
fn derived_ids_of_different_kinds_differ_for_the_same_parts() {
    let ids = [
        Id::<kind::Message>::derive(&[b"x"]).uuid(),
        Id::<kind::Contact>::derive(&[b"x"]).uuid(),
        Id::<kind::Conversation>::derive(&[b"x"]).uuid(),
    ];
    assert_eq!(BTreeSet::from(ids).len(), 3);
}
