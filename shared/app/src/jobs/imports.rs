//! Importing contacts from a file (B15).
//!
//! The file comes in parts, so that it may be larger than a request; a worker reads it a record at a time and forgets what it
//! has read, so its size does not matter. Each step works on the next rows, writes down what became of each of them and then
//! saves its place: a step that is done again finds that a contact was made by this very row, and says the same.

mod file;
mod rows;
mod saving;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Permission,
    contact::FieldKey,
    id::{ContactId, ContactListId, JobId},
    job::{Job, JobFailure, JobKind, JobState, Outcome},
    name::DisplayName,
    phone::Region,
};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::{JobPart, Page, Series, StoreError, Traces};

use super::{JobError, Step, Work, Worker, begin, enqueue, next_results, of_kind, put_results};
use crate::{App, Caller, Failure, conversations::ATTEMPTS_MAX};

/// The largest part of a file.
pub const PART_BYTES_MAX: usize = storage::JOB_PART_BYTES_MAX;
/// At most this many parts: 20 MiB in all.
pub const PARTS_MAX: u32 = 80;
/// At most this many columns of a file are given a meaning.
pub const MAPPED_MAX: usize = 100;
/// Rows worked on in one step: a page of results.
const ROWS_AT_ONCE: usize = 100;
/// Rows that have nothing to do with each other and are worked on at the same time.
const ROWS_TOGETHER: usize = 8;

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The one with this name in the first line.
    Named(String),
    /// The one at this place; the first is 1.
    Number(u32),
}

/// What a column means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Their name.
    Name,
    /// A number of theirs. Several columns may be.
    Number,
    /// An e-mail address of theirs. Several columns may be.
    Email,
    /// Who looks after them: the e-mail address or the id of a member of staff.
    Owner,
    /// Lists that they are on, by name or id, separated by semicolons. Several columns may be.
    List,
    /// A custom field.
    Custom(FieldKey),
    /// Nothing.
    Ignore,
}

impl Meaning {
    /// Whether several columns may mean it.
    fn may_repeat(&self) -> bool {
        matches!(self, Self::Number | Self::Email | Self::List | Self::Ignore)
    }
}

/// What becomes of contacts that are there already, by a number or an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "four options that people switch on and off one by one")]
pub struct Duplicates {
    /// What the row says takes the place of what is known.
    pub replace: bool,
    /// They are on the lists that the import names and on no others.
    pub replace_lists: bool,
    /// What is known stays, what is not known comes from the row; lists are added.
    pub preserve: bool,
    /// Nothing that waits for new or changed contacts hears of this import.
    pub skip_automations: bool,
}

/// What somebody wants to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// What the file is called.
    pub file_name: Option<DisplayName>,
    /// What its columns mean.
    pub mapping: Vec<(Column, Meaning)>,
    /// Where numbers without a country code are; `None`: where the account is.
    pub home: Option<Region>,
    /// What becomes of contacts that are there already.
    pub duplicates: Duplicates,
    /// A list that all of them are put on.
    pub list: Option<ContactListId>,
}

/// An import, and where it has come to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Import {
    #[serde(default)]
    file_name: Option<DisplayName>,
    mapping: Vec<(Column, Meaning)>,
    home: Region,
    duplicates: Duplicates,
    #[serde(default)]
    list: Option<ContactListId>,
    /// The sizes of the parts that have come.
    #[serde(default)]
    parts: BTreeMap<u32, usize>,
    #[serde(default)]
    place: Option<Place>,
}

/// Where in the file an import has come to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    delimiter: u8,
    /// What each column means.
    columns: Vec<Meaning>,
    /// How many bytes of the file are done with.
    offset: usize,
    /// How many rows are.
    row: u64,
    /// How many parts the results have.
    results: u32,
}

/// An import as it is shown.
#[derive(Clone, Debug)]
pub struct ShownImport {
    /// Its job.
    pub job: Job,
    /// What the file is called.
    pub file_name: Option<DisplayName>,
    /// The numbers of the parts that have come.
    pub parts: Vec<u32>,
    /// How many bytes they have together.
    pub bytes: usize,
}

impl ShownImport {
    fn of(job: Job, import: &Import) -> Self {
        let (parts, bytes) = (import.parts.keys().copied().collect(), import.parts.values().sum());
        Self { job, file_name: import.file_name.clone(), parts, bytes }
    }
}

/// Why a row led to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Most likely a quotation mark that is never closed.
    RowTooLong,
    /// More columns than a file may have.
    TooManyColumns,
    /// A quotation mark is open at the end of the file.
    QuoteNotClosed,
    /// It is not UTF-8.
    NotUtf8,
    /// It has a NUL in it.
    Nul,
    /// Not as many columns as the first line.
    WrongColumnCount,
    /// Neither a number nor an e-mail address.
    Nobody,
    /// Not a phone number.
    InvalidNumber,
    /// A number without a country code, of no known country.
    CountryUnknown,
    /// Not an e-mail address.
    InvalidEmail,
    /// Not a name: too long, or with a control character.
    InvalidName,
    /// Not a value of a custom field.
    InvalidValue,
    /// The account has no such custom field any more.
    NoSuchField,
    /// Nobody of the staff has this address or id.
    NoSuchOwner,
    /// There is no such list.
    NoSuchList,
    /// Several contacts have the numbers and addresses of this row.
    SeveralContacts,
    /// The contact would have more numbers, addresses or fields than a contact has.
    TooMuch,
    /// A contact is there already, and the import changes none.
    Duplicate,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowResult {
    /// Which row; the first one under the line of names is 1.
    pub row: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// Which contact it is.
    pub contact: Option<ContactId>,
    /// Why it led to nothing.
    pub reason: Option<Reason>,
    /// Which column is the reason, by its name in the mapping.
    pub field: Option<String>,
}

/// Why an import was not accepted or not started.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// For a reason that jobs have.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The mapping names one column twice.
    #[error("a column is mapped twice")]
    ColumnTwice(usize),
    /// Two columns mean what a contact has one of.
    #[error("two columns cannot mean this")]
    MeaningTwice(usize),
    /// No column is a number or an e-mail address.
    #[error("a column has to be a number or an e-mail address")]
    NothingToKnowBy,
    /// The account has no such custom field.
    #[error("the account has no such custom field")]
    NoSuchField(usize),
    /// There is no such list.
    #[error("there is no such list")]
    NoSuchList,
    /// What is known cannot both stay and be replaced.
    #[error("what is known cannot both stay and be replaced")]
    Contradiction(&'static str),
    /// Parts are numbered from 1 to [`PARTS_MAX`].
    #[error("there is no part of this number")]
    NoSuchPart,
    /// There is nothing in the part.
    #[error("the part is empty")]
    EmptyPart,
    /// A part between the first and the last has not come.
    #[error("part {0} is missing")]
    PartMissing(u32),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Job(error.into())
    }
}

/// Writes down an import, which then waits for its file.
pub async fn create(app: &App, caller: &Caller, request: &ImportRequest) -> Result<ShownImport, ImportError> {
    caller.require(Permission::ContactsManage).map_err(JobError::from)?;
    sensible(request)?;
    let store = app.store.account(caller.account);
    let defined = store.contact_fields().await?;
    let unknown =
        |(_, meaning): &(Column, Meaning)| matches!(meaning, Meaning::Custom(key) if !defined.has(key));
    if let Some(place) = request.mapping.iter().position(unknown) {
        return Err(ImportError::NoSuchField(place));
    }
    if let Some(list) = request.list {
        store.contact_list(list).await?.ok_or(ImportError::NoSuchList)?;
    }
    let home = match request.home {
        Some(home) => home,
        None => store.settings().await?.ok_or(broken("the account has no settings"))?.region,
    };
    let ImportRequest { file_name, mapping, duplicates, list, .. } = request.clone();
    let parts = BTreeMap::new();
    let import = Import { file_name, mapping, home, duplicates, list, parts, place: None };
    let about = json!({"list_id": list, "duplicates": duplicates});
    let work = Work::ContactImport(Box::new(import.clone()));
    let job = begin(app, caller, &work, JobState::Waiting, about).await?;
    Ok(ShownImport::of(job, &import))
}

fn broken(what: &'static str) -> JobError {
    Failure::Broken(what).into()
}

fn sensible(request: &ImportRequest) -> Result<(), ImportError> {
    let Duplicates { replace, replace_lists, preserve, .. } = request.duplicates;
    if preserve && replace {
        return Err(ImportError::Contradiction("replace_duplicates"));
    }
    if preserve && replace_lists {
        return Err(ImportError::Contradiction("replace_list_memberships"));
    }
    let (mut columns, mut meanings) = (BTreeSet::new(), BTreeSet::new());
    for (place, (column, meaning)) in request.mapping.iter().enumerate() {
        if !columns.insert(column) {
            return Err(ImportError::ColumnTwice(place));
        }
        if !meanings.insert(meaning) && !meaning.may_repeat() {
            return Err(ImportError::MeaningTwice(place));
        }
    }
    let known_by = [Meaning::Number, Meaning::Email];
    if known_by.iter().any(|it| meanings.contains(it)) { Ok(()) } else { Err(ImportError::NothingToKnowBy) }
}

/// Keeps a part of the file. The same part again takes the place of the one before, until the import is started.
pub async fn put_part(
    app: &App,
    caller: &Caller,
    id: JobId,
    number: u32,
    content: &[u8],
) -> Result<ShownImport, ImportError> {
    if !(1..=PARTS_MAX).contains(&number) {
        of_kind(app, caller, id, JobKind::ContactImport, Permission::ContactsManage).await?;
        return Err(ImportError::NoSuchPart);
    }
    if content.is_empty() {
        of_kind(app, caller, id, JobKind::ContactImport, Permission::ContactsManage).await?;
        return Err(ImportError::EmptyPart);
    }
    let part = JobPart { series: Series::Upload, number, content: content.to_vec() };
    change_waiting(app, caller, id, Some(&part), |_job, import| {
        import.parts.insert(number, content.len());
        Ok(())
    })
    .await
}

/// Starts an import whose file has come. Starting it again changes nothing.
pub async fn start(app: &App, caller: &Caller, id: JobId) -> Result<ShownImport, ImportError> {
    let started = change_waiting(app, caller, id, None, |job, import| {
        let missing = (1..=PARTS_MAX).zip(import.parts.keys()).find(|(place, part)| place != *part);
        if let Some((place, _)) = missing {
            return Err(ImportError::PartMissing(place));
        }
        if import.parts.is_empty() {
            return Err(ImportError::PartMissing(1));
        }
        job.state = JobState::Queued;
        Ok(())
    })
    .await;
    match started {
        Ok(import) => {
            enqueue(app, caller.account, id).await;
            Ok(import)
        }
        Err(ImportError::Job(JobError::Begun)) => get(app, caller, id).await,
        Err(error) => Err(error),
    }
}

/// Changes an import that still waits for its file.
async fn change_waiting(
    app: &App,
    caller: &Caller,
    id: JobId,
    part: Option<&JobPart>,
    change: impl Fn(&mut Job, &mut Import) -> Result<(), ImportError>,
) -> Result<ShownImport, ImportError> {
    let store = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut record = of_kind(app, caller, id, JobKind::ContactImport, Permission::ContactsManage).await?;
        let Work::ContactImport(mut import) = Work::read(&record.work).map_err(JobError::from)? else {
            return Err(broken("an import is none").into());
        };
        if record.job.state != JobState::Waiting {
            return Err(JobError::Begun.into());
        }
        change(&mut record.job, &mut import)?;
        let shown = ShownImport::of(record.job.clone(), &import);
        record.work = Work::ContactImport(import).written().map_err(JobError::from)?;
        let due =
            (record.job.state == JobState::Queued).then(|| super::later(app.now(), super::LOOKED_AFTER));
        if store.save_job(&mut record, due, part, &Traces::default()).await? {
            return Ok(shown);
        }
    }
    Err(StoreError::Contention.into())
}

/// An import.
pub async fn get(app: &App, caller: &Caller, id: JobId) -> Result<ShownImport, ImportError> {
    let record = of_kind(app, caller, id, JobKind::ContactImport, Permission::ContactsManage).await?;
    match Work::read(&record.work).map_err(JobError::from)? {
        Work::ContactImport(import) => Ok(ShownImport::of(record.job, &import)),
        _ => Err(broken("an import is none").into()),
    }
}

/// The next part of what became of each row.
pub async fn results(
    app: &App,
    caller: &Caller,
    id: JobId,
    cursor: Option<&str>,
) -> Result<Page<RowResult>, JobError> {
    of_kind(app, caller, id, JobKind::ContactImport, Permission::ContactsManage).await?;
    next_results(&app.store.account(caller.account), id, cursor).await
}

pub(super) async fn step(worker: &Worker<'_>, job: &mut Job, import: &mut Import) -> Result<Step, Failure> {
    if worker.caller.require(Permission::ContactsManage).is_err() {
        return Ok(Step::Failed(JobFailure::NotAllowed));
    }
    let Some(place) = import.place.clone() else {
        return Ok(match file::open(worker, job.id, import).await? {
            Ok(place) => {
                import.place = Some(place);
                Step::More
            }
            Err(failure) => Step::Failed(failure),
        });
    };
    let (lines, offset, ended) = file::lines(worker, job.id, import, &place).await?;
    let mut next = Place { offset, ..place };
    if !lines.is_empty() {
        let known = rows::Known::read(worker, import, &next.columns).await?;
        let mut pending = Vec::new();
        for line in lines {
            next.row = next.row.saturating_add(1);
            pending.push((next.row, rows::read(&known, import, &next.columns, line)));
        }
        let results = work_on(worker, job, import, &known, pending).await?;
        next.results = next.results.saturating_add(1);
        put_results(worker, job, next.results, &results).await?;
        for result in &results {
            job.progress.count(result.outcome);
        }
    }
    let empty = ended && next.row == 0;
    if ended {
        job.progress.total = Some(next.row);
    }
    import.place = Some(next);
    Ok(match ended {
        _ if empty => Step::Failed(JobFailure::FileEmpty),
        true => Step::Done,
        false => Step::More,
    })
}

/// Works on rows in their order, but on several at once where they cannot be about the same contact.
async fn work_on(
    worker: &Worker<'_>,
    job: &Job,
    import: &Import,
    known: &rows::Known,
    pending: Vec<(u64, Result<rows::Row, rows::Wrong>)>,
) -> Result<Vec<RowResult>, Failure> {
    let (mut results, mut together, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (row, read) in pending {
        let ids = read.as_ref().map(rows::Row::known_by).unwrap_or_default();
        if together.len() == ROWS_TOGETHER || ids.iter().any(|id| taken.contains(id)) {
            results.extend(try_join_all(std::mem::take(&mut together)).await?);
            taken.clear();
        }
        taken.extend(ids);
        together.push(saving::work_on_row(worker, job.id, import, known, row, read));
    }
    results.extend(try_join_all(together).await?);
    Ok(results)
}
