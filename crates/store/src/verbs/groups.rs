//! Groups of jobs: how many of each have not ended, and who is told when none is left. However many jobs end at the same moment, one
//! transaction brings the count to nothing, and that one tells.

use std::collections::{BTreeMap, BTreeSet};

use gristmill_model::JobId;

use crate::Result;
use crate::book::line::EffectLine;
use crate::row::{EffectBody, Moment, NewJob, Notify, Way};
use crate::sql::value::values;
use crate::sql::{Change, Tx};

/// Different wishes of a group's jobs that are looked at; almost always all jobs of a group have the same.
const WISHES: i64 = 1000;

/// By owner and group, how many of these jobs are in it.
pub(super) fn of(jobs: &[NewJob]) -> BTreeMap<(String, String), i64> {
    let mut counts = BTreeMap::new();
    for (owner, group) in jobs.iter().filter_map(|job| Some((job.owner.clone(), job.group.clone()?))) {
        *counts.entry((owner, group)).or_default() += 1;
    }
    counts
}

/// Counts new jobs, in the order of their groups.
pub(super) async fn add(tx: &mut dyn Tx, groups: BTreeMap<(String, String), i64>) -> Result<()> {
    let sql = "INSERT INTO group_count (owner, name, open) VALUES ($1, $2, $3)
               ON CONFLICT (owner, name) DO UPDATE SET open = group_count.open + excluded.open";
    for ((owner, name), count) in groups {
        tx.run(sql, values![owner, name, count]).await?;
    }
    Ok(())
}

/// Counts jobs that ended or run again, and tells of each group of which none is open any more.
pub(super) async fn count(tx: &mut dyn Tx, groups: BTreeMap<(String, String), (i64, JobId)>) -> Result<()> {
    for ((owner, name), (more, last)) in groups.into_iter().filter(|(_, (more, _))| *more != 0) {
        let sql = "UPDATE group_count SET open = open + $1 WHERE owner = $2 AND name = $3 RETURNING open";
        let open = tx.query(sql, values![more, owner.as_str(), name.as_str()]).await?.pop();
        let open = open.map(|row| row.fields().int::<i64>()).transpose()?;
        if more < 0 && open == Some(0) {
            tell(tx, &owner, &name, last).await?;
        }
    }
    Ok(())
}

/// Writes an effect for each who is to be told, however many jobs of the group name them. They stand with the job that ended last.
async fn tell(tx: &mut dyn Tx, owner: &str, name: &str, last: JobId) -> Result<()> {
    let sql = "SELECT DISTINCT notify_json FROM job WHERE group_name = $1 AND owner = $2 AND notify_json IS NOT NULL LIMIT $3";
    let mut told = BTreeSet::new();
    for row in tx.query(sql, values![name, owner, WISHES]).await? {
        told.extend(row.fields().json_opt::<Notify>()?.into_iter().flat_map(ways));
    }
    let now = tx.now().await?;
    let effect = |way| EffectLine::open(Some(last), owner, EffectBody::Group { way, group: name.to_owned() }, now);
    let effects: Vec<EffectLine> = told.into_iter().map(effect).collect();
    tx.apply(Change::insert(&effects).into_iter().collect()).await
}

/// Who is told of a group by the wish of one job.
fn ways(notify: Notify) -> Vec<Way> {
    let mails = notify.email.filter(|_| notify.on.contains(&Moment::Group)).map(Way::Mail);
    let endpoints = notify.endpoints.into_iter().filter(|l| l.on.contains(&Moment::Group)).map(|l| Way::Endpoint(l.id));
    mails.into_iter().chain(notify.webhooks.into_iter().map(Way::Url)).chain(endpoints).collect()
}
