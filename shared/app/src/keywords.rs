//! Keywords: making, changing and removing them, at home and in sub accounts (A06).
//!
//! What follows when a customer texts one is a matter of [`crate::keyword_answers`].

use domain::{
    access::Permission,
    audit::AuditAction,
    automation::Assign,
    id::{ContactListId, KeywordId, TemplateId},
    keyword::{KEYWORDS_MAX, Keyword, Word},
    policy::Policy,
};
use serde_json::{Value, json};
use storage::{KeywordRecord, Page, PageRequest, SaveKeyword, StoreError};

use crate::{
    App, Caller,
    administered::{Deed, Denied, Place, Whose, place},
    automations::{EffectError, check_effect},
    conversations::ATTEMPTS_MAX,
};

/// Why a keyword was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeywordError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The account has a keyword of this word.
    #[error("there is a keyword of this word already")]
    Taken,
    /// The account has as many as it can have.
    #[error("an account has at most {KEYWORDS_MAX} keywords")]
    TooMany,
    /// There is no such list.
    #[error("there is no such list of contacts")]
    NoSuchList,
    /// It cannot answer like this.
    #[error(transparent)]
    Effect(#[from] EffectError),
}

impl From<StoreError> for KeywordError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

/// A keyword to make.
pub struct NewKeyword {
    /// The word.
    pub word: Word,
    /// The list on which whoever texts it is put.
    pub contact_list: ContactListId,
    /// The template with which they are answered, if they are.
    pub answer: Option<TemplateId>,
    /// Whom the answer assigns (C19).
    pub assign: Assign,
}

/// What to change of a keyword; `None` leaves as it is. The word stays: it is what makes the keyword.
#[derive(Clone, Debug, Default)]
pub struct KeywordChange {
    /// Its list.
    pub contact_list: Option<ContactListId>,
    /// Its answer; `Some(None)`: none any more.
    pub answer: Option<Option<TemplateId>>,
    /// Whom the answer assigns.
    pub assign: Option<Assign>,
}

/// What the audit log shows of a keyword.
fn shown(keyword: &Keyword) -> Value {
    let Keyword { word, contact_list, answer, assign, managed_by, .. } = keyword;
    let mut shown = json!({
        "word": word, "contact_list_id": contact_list, "answer": answer, "managed_by": managed_by,
    });
    if !assign.is_nobody()
        && let Some(members) = shown.as_object_mut()
    {
        members.insert("assign".to_owned(), json!(assign));
    }
    shown
}

/// A page of keywords, in no particular order. A master sees all of a sub account's: each word is there once.
pub async fn list(
    app: &App,
    caller: &Caller,
    whose: Whose,
    page: PageRequest<'_>,
) -> Result<Page<Keyword>, KeywordError> {
    let place = place(app, caller, whose, Permission::KeywordsRead).await?;
    Ok(place.store.keywords(page).await?.map_err(Denied::from)?)
}

/// Makes a keyword.
pub async fn create(
    app: &App,
    caller: &Caller,
    whose: Whose,
    new: NewKeyword,
) -> Result<Keyword, KeywordError> {
    let place = place(app, caller, whose, Permission::KeywordsManage).await?;
    if place.store.all_keywords().await?.len() >= KEYWORDS_MAX {
        return Err(KeywordError::TooMany);
    }
    check_answer(&place, new.answer, &new.assign).await?;
    let keyword = Keyword {
        id: Keyword::id_for(place.store.id(), &new.word),
        word: new.word,
        contact_list: new.contact_list,
        answer: new.answer,
        assign: new.assign,
        managed_by: place.managed_by,
        created_at: app.now(),
    };
    let deed = Deed::made(AuditAction::KeywordCreated, &keyword.id, shown(&keyword));
    let record = KeywordRecord { keyword, version: 0 };
    match place.store.save_keyword(&record, &place.traces(&deed)).await? {
        SaveKeyword::Saved => Ok(record.keyword),
        SaveKeyword::Changed => Err(KeywordError::Taken),
        SaveKeyword::NoSuchList => Err(KeywordError::NoSuchList),
        SaveKeyword::NoSuchTemplate => Err(EffectError::NoSuchTemplate.into()),
    }
}

/// An answer has to be possible: nobody is there to fill what the customer's record does not know.
async fn check_answer(
    place: &Place<'_>,
    answer: Option<TemplateId>,
    assign: &Assign,
) -> Result<(), KeywordError> {
    // People are assigned when the answer is sent (C19).
    if answer.is_none() && !assign.is_nobody() {
        return Err(EffectError::AssignsWithoutTemplate.into());
    }
    // Of the account whose people are assigned, which need not be the caller's.
    let policy = if assign.users.is_empty() { Policy::default() } else { place.store.policy().await?.policy };
    Ok(check_effect(&place.store, &policy, answer, assign).await?)
}

/// Changes what a keyword does.
pub async fn change(
    app: &App,
    caller: &Caller,
    whose: Whose,
    id: KeywordId,
    wanted: KeywordChange,
) -> Result<Keyword, KeywordError> {
    let place = place(app, caller, whose, Permission::KeywordsManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = place.store.keyword(id).await?.ok_or(Denied::NotFound)?;
        place.may_change(record.keyword.managed_by)?;
        let before = record.keyword.clone();
        record.keyword.contact_list = wanted.contact_list.unwrap_or(before.contact_list);
        record.keyword.answer = wanted.answer.unwrap_or(before.answer);
        record.keyword.assign = wanted.assign.clone().unwrap_or_else(|| before.assign.clone());
        if record.keyword == before {
            return Ok(before);
        }
        check_answer(&place, record.keyword.answer, &record.keyword.assign).await?;
        let deed = Deed::changed(AuditAction::KeywordChanged, &id, shown(&before), shown(&record.keyword));
        match place.store.save_keyword(&record, &place.traces(&deed)).await? {
            SaveKeyword::Saved => return Ok(record.keyword),
            SaveKeyword::Changed => {}
            SaveKeyword::NoSuchList => return Err(KeywordError::NoSuchList),
            SaveKeyword::NoSuchTemplate => return Err(EffectError::NoSuchTemplate.into()),
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a keyword. Who came to its list by it stays there.
pub async fn remove(app: &App, caller: &Caller, whose: Whose, id: KeywordId) -> Result<(), KeywordError> {
    let place = place(app, caller, whose, Permission::KeywordsManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = place.store.keyword(id).await?.ok_or(Denied::NotFound)?;
        place.may_change(record.keyword.managed_by)?;
        let deed = Deed::removed(AuditAction::KeywordRemoved, &id, shown(&record.keyword));
        if place.store.remove_keyword(&record, &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
