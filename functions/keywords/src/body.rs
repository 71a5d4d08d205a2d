//! Keywords as the API shows and takes them.

use domain::id::{ContactListId, KeywordId, TemplateId};
use domain::keyword::Word;
use domain::managed::ManagedBy;
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A keyword.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Keyword {
    /// Its id, which follows from the word.
    #[schema(value_type = schema::KeywordId)]
    id: KeywordId,
    /// The word, in small letters.
    #[schema(value_type = schema::KeywordWord)]
    word: Word,
    /// The list on which whoever texts it is put.
    #[schema(value_type = schema::ContactListId)]
    contact_list_id: ContactListId,
    /// The template with which they are answered; null: they are not.
    #[schema(value_type = Option<schema::TemplateId>, required = true)]
    template_id: Option<TemplateId>,
    /// Who can change it.
    #[schema(value_type = schema::ManagedBy)]
    managed_by: ManagedBy,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<domain::keyword::Keyword> for Keyword {
    fn from(it: domain::keyword::Keyword) -> Self {
        let domain::keyword::Keyword { id, word, contact_list, answer, managed_by, created_at } = it;
        Self { id, word, contact_list_id: contact_list, template_id: answer, managed_by, created_at }
    }
}

/// A keyword to make.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKeyword {
    /// The word. Upper and lower case are the same.
    #[schema(value_type = schema::KeywordWord)]
    word: Word,
    /// The list on which whoever texts it is put.
    #[schema(value_type = schema::ContactListId)]
    contact_list_id: ContactListId,
    /// The template with which they are answered; if absent, they are not. It has no fields but those that are filled from
    /// the customer's record; where the record does not know one of them, there is no answer.
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<TemplateId>,
}

impl From<NewKeyword> for app::keywords::NewKeyword {
    fn from(NewKeyword { word, contact_list_id, template_id }: NewKeyword) -> Self {
        Self { word, contact_list: contact_list_id, answer: template_id }
    }
}

/// What to change of a keyword. What is absent stays as it is. For another word, make another keyword.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeywordChange)]
pub(crate) struct ChangeBody {
    /// The list on which whoever texts it is put.
    #[schema(value_type = Option<schema::ContactListId>)]
    contact_list_id: Option<ContactListId>,
    /// The template with which they are answered; null: they are no longer.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<Option<TemplateId>>,
}

/// Tells null from nothing.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<TemplateId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl From<ChangeBody> for app::keywords::KeywordChange {
    fn from(ChangeBody { contact_list_id, template_id }: ChangeBody) -> Self {
        Self { contact_list: contact_list_id, answer: template_id }
    }
}
