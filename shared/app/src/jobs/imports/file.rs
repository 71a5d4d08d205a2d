//! The file of an import, read from its parts: its line of names, and the next rows from any place.

use domain::{
    csv::{Csv, Found, Unreadable, delimiter, mark},
    id::JobId,
    job::JobFailure,
};
use storage::Series;

use super::{Column, Import, Meaning, Place, ROWS_AT_ONCE, Worker};
use crate::Failure;

/// A row as it stands in the file.
pub(super) type Line = Result<Vec<String>, Unreadable>;

/// A window over the file that grows part by part.
struct Window<'a> {
    worker: &'a Worker<'a>,
    job: JobId,
    parts: Vec<u32>,
    /// How many of the parts are in it, or behind it.
    read: usize,
    bytes: Vec<u8>,
    /// How much of it is done with.
    used: usize,
}

impl<'a> Window<'a> {
    /// A window that begins at this place of the file.
    async fn at(worker: &'a Worker<'a>, job: JobId, import: &Import, offset: usize) -> Result<Self, Failure> {
        let (mut before, mut read) = (0_usize, 0);
        for size in import.parts.values() {
            if before.saturating_add(*size) > offset {
                break;
            }
            before = before.saturating_add(*size);
            read += 1;
        }
        let parts = import.parts.keys().copied().collect();
        let mut window = Self { worker, job, parts, read, bytes: Vec::new(), used: 0 };
        window.grow().await?;
        window.used = offset.saturating_sub(before);
        Ok(window)
    }

    /// Adds the next part; what is done with is forgotten.
    async fn grow(&mut self) -> Result<(), Failure> {
        let Some(number) = self.parts.get(self.read) else { return Ok(()) };
        let part = self.worker.store.job_part(self.job, Series::Upload, *number).await?;
        let part = part.ok_or(Failure::Broken("a part of a file is not there"))?;
        self.bytes.drain(..self.used.min(self.bytes.len()));
        self.used = 0;
        self.bytes.extend(part);
        self.read += 1;
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.used..).unwrap_or_default()
    }

    fn is_last(&self) -> bool {
        self.read >= self.parts.len()
    }

    /// The next row and how many bytes it takes; `None`: the file has ended.
    async fn next(&mut self, csv: &mut Csv) -> Result<Option<(Line, usize)>, Failure> {
        loop {
            let (line, used) = match csv.next(self.rest(), self.is_last()) {
                Found::Record(fields, used) => (Ok(fields), used),
                Found::Unreadable(why, used) => (Err(why), used),
                Found::End => return Ok(None),
                Found::Incomplete => {
                    self.grow().await?;
                    continue;
                }
            };
            self.used = self.used.saturating_add(used);
            return Ok(Some((line, used)));
        }
    }
}

/// Reads the line of names, and says what each column means.
pub(super) async fn open(
    worker: &Worker<'_>,
    job: JobId,
    import: &Import,
) -> Result<Result<Place, JobFailure>, Failure> {
    let mut window = Window::at(worker, job, import, 0).await?;
    // The mark has three bytes and the first line is needed whole; parts may be as small as somebody likes.
    while window.rest().len() < domain::csv::RECORD_BYTES_MAX && !window.is_last() {
        window.grow().await?;
    }
    let mark = mark(window.rest());
    window.used = mark;
    let delimiter = delimiter(window.rest());
    let Some((line, used)) = window.next(&mut Csv::new(delimiter)).await? else {
        return Ok(Err(JobFailure::FileEmpty));
    };
    let Ok(names) = line else { return Ok(Err(JobFailure::FileUnreadable)) };
    let columns = match columns(&names, import) {
        Ok(columns) => columns,
        Err(failure) => return Ok(Err(failure)),
    };
    Ok(Ok(Place { delimiter, columns, offset: mark.saturating_add(used), row: 0, results: 0 }))
}

/// What each column means, by the line of names.
fn columns(names: &[String], import: &Import) -> Result<Vec<Meaning>, JobFailure> {
    let folded = |name: &str| name.trim().to_lowercase();
    let mut columns = vec![Meaning::Ignore; names.len()];
    let mut given = vec![false; names.len()];
    for (column, meaning) in &import.mapping {
        let place = match column {
            Column::Number(number) => usize::try_from(*number).ok().and_then(|it| it.checked_sub(1)),
            Column::Named(name) => {
                let mut all = (0..names.len())
                    .filter(|place| names.get(*place).is_some_and(|it| folded(it) == folded(name)));
                let first = all.next();
                if all.next().is_some() {
                    return Err(JobFailure::ColumnAmbiguous);
                }
                first
            }
        };
        let place = place.ok_or(JobFailure::ColumnMissing)?;
        let (Some(slot), Some(given)) = (columns.get_mut(place), given.get_mut(place)) else {
            return Err(JobFailure::ColumnMissing);
        };
        // A name and a number may mean the same column.
        if std::mem::replace(given, true) {
            return Err(JobFailure::ColumnAmbiguous);
        }
        *slot = meaning.clone();
    }
    Ok(columns)
}

/// The next rows from a place, where they end, and whether the file ends there.
pub(super) async fn lines(
    worker: &Worker<'_>,
    job: JobId,
    import: &Import,
    place: &Place,
) -> Result<(Vec<Line>, usize, bool), Failure> {
    let mut window = Window::at(worker, job, import, place.offset).await?;
    let (mut csv, mut offset, mut lines) = (Csv::new(place.delimiter), place.offset, Vec::new());
    while lines.len() < ROWS_AT_ONCE {
        let Some((line, used)) = window.next(&mut csv).await? else { return Ok((lines, offset, true)) };
        offset = offset.saturating_add(used);
        lines.push(line);
    }
    Ok((lines, offset, false))
}
