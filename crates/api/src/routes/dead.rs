//! Dead letters: list, look at one, run again, forget. Owners see their own, operators all.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use gristmill_engine::Engine;
use gristmill_model::TaskId;
use gristmill_store::{Dead, DeadFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::queues::named;
use crate::extract::{Json as Body, Params, Path};
use crate::owner::Caller;
use crate::problem::Problem;
use crate::wire::{Count, DeadChoice, DeadGroup, DeadLetter, DeadPage};

/// Letters a page unless the caller says otherwise, and the most a page may have.
const PAGE: (u32, u32) = (50, 200);
/// The most letters that are counted and grouped.
const MOST: u32 = 5_000;
/// The most letters one request runs again or forgets.
const MOST_AT_ONCE: u32 = 10_000;

/// Which dead letters, and from where. An empty value is as if it were left out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadQuery {
    /// Only with this error code.
    code: Option<String>,
    /// Only of this queue.
    queue: Option<String>,
    /// Only of this pipeline.
    pipeline: Option<String>,
    /// Only of this owner; for operators.
    owner: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Letters on the page, 1 to 200; default 50.
    limit: Option<u32>,
}

/// List dead letters, newest first, and what they died of.
#[utoipa::path(
    get,
    path = "/api/v1/dead",
    operation_id = "list_dead",
    tag = "operation",
    params(DeadQuery),
    responses(
        (status = 200, body = DeadPage),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The owner is someone else."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such queue."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The cursor is not understood."),
    )
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    caller: Caller,
    Params(query): Params<DeadQuery>,
) -> Result<Json<DeadPage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1) as usize;
    let choice = DeadChoice { code: query.code, queue: query.queue, pipeline: query.pipeline, owner: query.owner, ..DeadChoice::default() };
    let found = engine.store().dead(DeadFilter { limit: MOST, ..filter(&caller, choice)? }).await?;
    let from = match query.cursor.filter(|c| !c.is_empty()) {
        Some(cursor) => after(&found, &cursor)?,
        None => 0,
    };
    let page = &found[from..found.len().min(from + limit)];
    let more = from + limit < found.len();
    Ok(Json(DeadPage {
        items: page.iter().map(DeadLetter::new).collect(),
        next_cursor: page.last().filter(|_| more).map(cursor),
        groups: groups(&found),
        total: found.len() as u64,
    }))
}

/// Show a dead letter.
#[utoipa::path(
    get,
    path = "/api/v1/dead/{task}",
    operation_id = "show_dead",
    tag = "operation",
    params(("task" = String, Path, description = "The task.")),
    responses((status = 200, body = DeadLetter), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(State(engine): State<Engine>, caller: Caller, Path(task): Path<TaskId>) -> Result<Json<DeadLetter>, Problem> {
    let filter = DeadFilter { owner: caller.scope(None)?, tasks: vec![task], limit: 1, ..DeadFilter::default() };
    let found = engine.store().dead(filter).await?.first().map(|d| Json(DeadLetter::new(d)));
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "dead_letter_not_found", format!("there is no dead letter `{task}`")))
}

/// Run dead letters again.
///
/// Those whose owner is short of credits, or whose file still runs, are left.
#[utoipa::path(
    post,
    path = "/api/v1/dead/redrive",
    operation_id = "redrive_dead",
    tag = "operation",
    request_body = DeadChoice,
    responses(
        (status = 200, body = Count),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The owner is someone else."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "It does not say which."),
    )
)]
pub(crate) async fn redrive(State(engine): State<Engine>, caller: Caller, Body(asked): Body<DeadChoice>) -> Result<Json<Count>, Problem> {
    let count = engine.store().redrive(chosen(&caller, asked)?).await?;
    if count > 0 {
        engine.ring().await;
    }
    Ok(Json(Count { count }))
}

/// Forget dead letters. Their jobs stay as they are.
#[utoipa::path(
    post,
    path = "/api/v1/dead/purge",
    operation_id = "purge_dead",
    tag = "operation",
    request_body = DeadChoice,
    responses(
        (status = 200, body = Count),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The owner is someone else."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "It does not say which."),
    )
)]
pub(crate) async fn purge(State(engine): State<Engine>, caller: Caller, Body(asked): Body<DeadChoice>) -> Result<Json<Count>, Problem> {
    Ok(Json(Count { count: engine.store().purge(chosen(&caller, asked)?).await? }))
}

/// A choice that says which; nothing at all is not understood as everything.
fn chosen(caller: &Caller, asked: DeadChoice) -> Result<DeadFilter, Problem> {
    let said = [&asked.code, &asked.queue, &asked.pipeline, &asked.owner].iter().any(|f| f.as_ref().is_some_and(|t| !t.is_empty()));
    if !said && asked.tasks.is_empty() && !asked.all {
        let detail = "say which dead letters: `tasks` with their ids, or `code`, `queue`, `pipeline`, or `all`: true";
        return Err(Problem::invalid("choice_missing", detail));
    }
    filter(caller, asked)
}

fn filter(caller: &Caller, asked: DeadChoice) -> Result<DeadFilter, Problem> {
    let given = |text: Option<String>| text.filter(|t| !t.is_empty());
    let id = |text: &String| text.parse::<TaskId>().map_err(|e| Problem::invalid("task_invalid", e.to_string()));
    if asked.tasks.len() > MOST_AT_ONCE as usize {
        return Err(Problem::invalid("choice_too_large", format!("at most {MOST_AT_ONCE} tasks at once")));
    }
    Ok(DeadFilter {
        owner: caller.scope(asked.owner)?,
        tasks: asked.tasks.iter().map(id).collect::<Result<_, _>>()?,
        code: given(asked.code),
        queue: given(asked.queue).map(|q| named(&q)).transpose()?,
        pipeline: given(asked.pipeline),
        limit: asked.limit.unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE),
    })
}

/// By pipeline, step and code; the largest first.
fn groups(found: &[Dead]) -> Vec<DeadGroup> {
    let mut groups: BTreeMap<(&str, &str, &str), DeadGroup> = BTreeMap::new();
    for letter in found {
        let (code, message) = letter.error.as_ref().map_or(("unknown", ""), |e| (e.code.as_str(), e.message.as_str()));
        let group = groups.entry((&letter.pipeline, &letter.step, code)).or_insert_with(|| DeadGroup {
            code: code.to_owned(),
            message: message.to_owned(),
            count: 0,
            pipeline: letter.pipeline.clone(),
            step: letter.step.clone(),
            example: letter.task.to_string(),
        });
        group.count += 1;
    }
    let mut groups: Vec<DeadGroup> = groups.into_values().collect();
    groups.sort_by_key(|g| std::cmp::Reverse(g.count));
    groups
}

/// Names the last letter of a page and its time, so that the next page is found even when that letter is gone.
fn cursor(last: &Dead) -> String {
    format!("{}.{}", last.ended_at.0, last.task.to_string().trim_start_matches("task_"))
}

/// The place after a cursor's letter.
fn after(found: &[Dead], cursor: &str) -> Result<usize, Problem> {
    let invalid =
        || Problem::invalid("cursor_invalid", "this cursor was not given by an earlier page; leave it out to begin with the newest");
    let (at, task) = cursor.split_once('.').ok_or_else(invalid)?;
    let at: i64 = at.parse().map_err(|_| invalid())?;
    let task: TaskId = format!("task_{task}").parse().map_err(|_| invalid())?;
    let itself = found.iter().position(|d| d.task == task && d.ended_at.0 == at).map(|n| n + 1);
    Ok(itself.or_else(|| found.iter().position(|d| d.ended_at.0 < at)).unwrap_or(found.len()))
}

#[cfg(test)]
mod tests {
    use gristmill_model::fault::Fault;
    use gristmill_model::queue::Queue;
    use gristmill_model::{Problem as Why, Timestamp};
    use gristmill_store::Role;

    use super::*;

    fn letter(n: u32, step: &str, code: &str) -> Dead {
        let error = Why { code: code.into(), message: format!("{code} {n}"), fault: Fault::Tool };
        Dead {
            task: format!("task_0192000070008000000000000000002a_{n}_0").parse().unwrap(),
            owner: "anna".into(),
            pipeline: "image".into(),
            file: "a.png".into(),
            step: step.into(),
            queue: Queue::Normal,
            attempts: 4,
            error: Some(error),
            ended_at: Timestamp(1_000 - i64::from(n)),
            dead_until: Timestamp(2_000),
        }
    }

    fn anna() -> Caller {
        Caller { owner: "anna".into(), role: Role::Owner, key: None }
    }

    #[test]
    fn letters_are_grouped_by_what_they_died_of_with_the_newest_as_example() {
        let found = [letter(0, "check", "damaged"), letter(1, "resize", "tool_failed"), letter(2, "resize", "tool_failed")];
        let groups = groups(&found);
        assert_eq!(groups.iter().map(|g| (g.code.as_str(), g.count)).collect::<Vec<_>>(), [("tool_failed", 2), ("damaged", 1)]);
        assert_eq!((groups[0].message.as_str(), &groups[0].example), ("tool_failed 1", &found[1].task.to_string()));
    }

    #[test]
    fn a_cursor_leads_to_the_next_letter_even_when_its_own_is_gone() {
        let found: Vec<Dead> = (0..4).map(|n| letter(n, "check", "damaged")).collect();
        let mark = cursor(&found[1]);
        assert_eq!(after(&found, &mark).unwrap(), 2);
        let without: Vec<Dead> = found.into_iter().filter(|d| d.ended_at.0 != 999).collect();
        assert_eq!(after(&without, &mark).unwrap(), 1);
        assert_eq!(after(&without, "made up").unwrap_err().code, "cursor_invalid");
    }

    #[test]
    fn nothing_said_is_not_everything() {
        assert_eq!(chosen(&anna(), DeadChoice::default()).unwrap_err().code, "choice_missing");
        assert!(chosen(&anna(), DeadChoice { all: true, ..DeadChoice::default() }).is_ok());
        assert!(chosen(&anna(), DeadChoice { code: Some("damaged".into()), ..DeadChoice::default() }).is_ok());
    }

    #[test]
    fn an_owner_chooses_among_their_own_whatever_they_say() {
        let all = chosen(&anna(), DeadChoice { all: true, ..DeadChoice::default() }).unwrap();
        assert_eq!(all.owner.as_deref(), Some("anna"));
        let of_ben = DeadChoice { owner: Some("ben".into()), ..DeadChoice::default() };
        assert_eq!(chosen(&anna(), of_ben).unwrap_err().code, "role_required");
    }
}
