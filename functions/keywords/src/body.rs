//! Keywords as the API shows and takes them.

use domain::id::{ContactListId, KeywordId, TemplateId};
use domain::keyword::Word;
use domain::managed::ManagedBy;
use http_api::schema;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::assign::AssignBody;

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
    /// Who is assigned when the answer is sent.
    assign: AssignBody,
    /// Who can change it.
    #[schema(value_type = schema::ManagedBy)]
    managed_by: ManagedBy,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<domain::keyword::Keyword> for Keyword {
    fn from(it: domain::keyword::Keyword) -> Self {
        let domain::keyword::Keyword { id, word, contact_list, answer, assign, managed_by, created_at } = it;
        let (contact_list_id, template_id, assign) = (contact_list, answer, assign.into());
        Self { id, word, contact_list_id, template_id, assign, managed_by, created_at }
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
    /// The template with which they are answered, one that everybody has; if absent, they are not. Nobody is asked for its
    /// fields: those are the customer's name or the business's, or say what stands in their place. Where the record does not
    /// know one of them, there is no answer.
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<TemplateId>,
    /// Who is assigned when the answer is sent; nobody if absent.
    #[serde(default, deserialize_with = "http_api::object")]
    #[schema(required = false)]
    assign: AssignBody,
}

impl From<NewKeyword> for app::keywords::NewKeyword {
    fn from(NewKeyword { word, contact_list_id, template_id, assign }: NewKeyword) -> Self {
        Self { word, contact_list: contact_list_id, answer: template_id, assign: assign.into() }
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
    /// Who is assigned when the answer is sent.
    #[serde(default, deserialize_with = "http_api::optional_object")]
    assign: Option<AssignBody>,
}

/// Tells null from nothing.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
pub(crate) fn said<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<TemplateId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl From<ChangeBody> for app::keywords::KeywordChange {
    fn from(ChangeBody { contact_list_id, template_id, assign }: ChangeBody) -> Self {
        Self { contact_list: contact_list_id, answer: template_id, assign: assign.map(Into::into) }
    }
}
