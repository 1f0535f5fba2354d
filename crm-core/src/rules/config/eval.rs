//! Every rule by its name, on facts given as JSON.

use serde_json::Value as Json;

use super::Rules;
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::text;
use crate::model::Kind;
use crate::rules::{
    access, approval, attachments, attribution, bands, calendar, consent, conversion, csv_cell, deal_risk, division,
    duplicates, enrichment, filter, fiscal, forecast, health, identity, inbox, lead_gaps, lead_score, merge,
    next_action, pipeline, playbook, quote, rates, reply, report, retention, routing, segment, sequence, sla, staff,
    starters, subscription, task, templates, waterfall,
};

/// The rules that [`Rules::eval`] knows.
const RULES: &[&str] = &[
    "access",
    "allocate",
    "approval",
    "assignment",
    "attachment",
    "attribution",
    "audit",
    "availability",
    "bands",
    "calendar",
    "consent",
    "conversion",
    "convert",
    "csv_cell",
    "deal_risk",
    "duplicates",
    "enrichment",
    "filter",
    "fiscal",
    "forecast",
    "health",
    "identity",
    "inbox",
    "lead_gaps",
    "lead_score",
    "merge",
    "next_action",
    "pipeline",
    "playbook",
    "quote",
    "reply",
    "report",
    "retention",
    "routing",
    "routing_lint",
    "segment",
    "sequence",
    "sla",
    "starters",
    "subscription",
    "task",
    "template",
    "waterfall",
    "window",
];

impl Rules {
    /// Evaluates one rule on facts given as JSON; every door has this.
    ///
    /// - `access` takes somebody, an action and a record, see [`access::eval_json`];
    /// - `allocate` takes an amount and weights, see [`division::eval_json`];
    /// - `approval` takes a draft and tells who has to decide about it, or what becomes of it, see
    ///   [`approval`](crate::rules::approval);
    /// - `assignment` takes people and what a piece of work asks for, and ranks them, see [`staff`](crate::rules::staff);
    /// - `attachment` takes a file or what happened to its links, see [`attachments`](crate::rules::attachments);
    /// - `attribution` takes touches and tells where they came from and what each had to do with what became of it, see
    ///   [`attribution`](crate::rules::attribution);
    /// - `audit` takes a change and tells how the trail lists it, see [`access::audit_json`];
    /// - `availability` takes a person with leave and a window, see [`staff`](crate::rules::staff);
    /// - `bands` takes deals and gives the distribution of what will close, see [`bands::eval_json`];
    /// - `calendar` takes questions to a business calendar, see [`calendar`](crate::rules::calendar);
    /// - `consent` takes what is known of a person and tells whether they may be contacted, see
    ///   [`consent`](crate::rules::consent);
    /// - `conversion` takes a lead and stored records and gives a plan, see [`conversion::eval_json`];
    /// - `convert` takes an amount and dated rates, see [`rates::eval_json`];
    /// - `csv_cell` takes a value and its type, and gives the cell of a CSV file, see [`csv_cell::eval_json`];
    /// - `deal_risk` takes a deal and what happened around it, see [`deal_risk::eval_json`];
    /// - `duplicates` takes two records, one and others, or many, see [`duplicates::eval_json`];
    /// - `enrichment` takes a lead and what the host knows of its company, see [`enrichment::eval_json`];
    /// - `filter` takes a condition as lists have it, with its reader, and resolves it, see [`filter::eval_json`];
    /// - `fiscal` takes a day or a window, see [`fiscal::eval_json`];
    /// - `forecast` takes deals and what goes with them, see [`forecast`](crate::rules::forecast);
    /// - `health` takes facts or measures of a customer, a score, two healths or what happened, see
    ///   [`health`](crate::rules::health);
    /// - `identity` takes a record or a single value, see [`identity::eval_json`];
    /// - `inbox` takes items of several kinds and puts them in one order, see [`inbox`](crate::rules::inbox);
    /// - `lead_gaps` takes `{"lead": {...}, "at": "...", "lang": "en"}`, see [`lead_gaps::eval_json`];
    /// - `lead_score` takes the same and `events`, see [`lead_score::eval_json`];
    /// - `merge` takes leads and gives a plan, see [`merge::eval_json`];
    /// - `next_action` takes what is known of a record and tells what to do next, see
    ///   [`next_action`](crate::rules::next_action);
    /// - `pipeline` takes a clock, revisions, a standing or a deal's history, see [`pipeline::eval_json`];
    /// - `playbook` takes questions about playbooks: dates, plans, what moves, how far a run is, see
    ///   [`playbook`](crate::rules::playbook);
    /// - `quote` takes the terms of a quote and gives its totals, compares two, finds the discount that reaches a total, and
    ///   tells which mentions are missing, see [`quote`](crate::rules::quote);
    /// - `reply` takes messages that came in and tells what they are, see [`reply`](crate::rules::reply);
    /// - `report` takes a report, deals, pipelines and rates, see [`report::eval_json`];
    /// - `retention` takes contracts and two days, or sums, and tells what stayed, see [`retention`](crate::rules::retention);
    /// - `routing` takes one lead or many with what is remembered, see [`routing::eval_json`];
    /// - `routing_lint` takes only `at` and `lang`;
    /// - `segment` takes segments and a record, and tells whether and why it belongs to one, see
    ///   [`segment`](crate::rules::segment);
    /// - `sequence` takes questions about sequences: sending times, enrolments, steps, see
    ///   [`sequence`](crate::rules::sequence);
    /// - `sla` takes what happened to tickets and tells how their promises stand, see [`sla::eval_json`];
    /// - `starters` lists starter packs of templates and gives a configuration of some, see [`starters`];
    /// - `subscription` takes questions about terms, notices, recurring revenue and renewals' risk, see
    ///   [`subscription`](crate::rules::subscription);
    /// - `task` takes questions about tasks: bands, orders, recurrences, see [`task`](crate::rules::task);
    /// - `template` fills, lists or checks templates, see [`templates`](crate::rules::templates);
    /// - `waterfall` takes two snapshots, see [`waterfall::eval_json`];
    /// - `window` takes a window and `at` and gives its days, see [`report::window_json`].
    ///
    /// # Errors
    /// [`Problem::UnknownRule`], and what the input gets wrong, with its path.
    pub fn eval(&self, rule: &str, input: &Json) -> Result<Json> {
        match rule {
            "access" => access::eval_json(&self.access, |kind| self.schema(kind), input),
            "allocate" => division::eval_json(input),
            "approval" => {
                let (drafts, rules) = (self.schema(Kind::Draft), self.schema(Kind::ApprovalRule));
                approval::eval_json(&self.approval, &drafts, &rules, input)
            }
            "assignment" => staff::assignment_json(&self.staff_around(), input),
            "attachment" => attachments::eval_json(&self.attachments, input),
            "attribution" => attribution::eval_json(&self.attribution, input),
            "audit" => access::audit_json(|kind| self.schema(kind), input),
            "availability" => staff::availability_json(&self.staff_around(), input),
            "bands" => bands::eval_json(input),
            "calendar" => calendar::eval_json(&self.calendars, input),
            "consent" => consent::eval_json(&self.consent, &self.identity, input),
            "conversion" => conversion::eval_json(&self.conversion, self.identity(), input),
            "convert" => rates::eval_json(input),
            "csv_cell" => csv_cell::eval_json(input),
            "deal_risk" => deal_risk::eval_json(&self.deal_risk, &self.schema(Kind::Deal), input),
            "duplicates" => {
                let (leads, contacts) = (self.schema(Kind::Lead), self.schema(Kind::Contact));
                let around = duplicates::Around { identity: &self.identity, leads: &leads, contacts: &contacts };
                duplicates::eval_json(&self.duplicates, &around, input)
            }
            "enrichment" => enrichment::eval_json(&self.enricher, &self.identity, &self.schema(Kind::Lead), input),
            "filter" => filter::eval_json(|kind| self.schema(kind), &self.forecast.calendar, input),
            "fiscal" => fiscal::eval_json(&self.forecast.calendar, input),
            "forecast" => forecast::eval_json(&self.forecast, input),
            "health" => health::eval_json(&self.health, &self.schema(Kind::Account), input),
            "identity" => identity::eval_json(&self.identity, |kind| self.schema(kind), input),
            "inbox" => inbox::eval_json(&self.inbox, self.support().priorities(), &self.tasks.days, input),
            "lead_gaps" => lead_gaps::eval_json(&self.lead_gaps, &self.schema(Kind::Lead), input),
            "lead_score" => lead_score::eval_json(&self.lead_scorer, &self.schema(Kind::Lead), input),
            "merge" => merge::eval_json(&self.merger, &self.schema(Kind::Lead), input),
            "next_action" => {
                next_action::eval_json(&self.next_actions, &self.templates, &self.schema(Kind::Account), input)
            }
            "pipeline" => pipeline::eval_json(&self.schema(Kind::Deal), input),
            "playbook" => {
                let (calendars, usual) = (&self.calendars, &self.tasks.calendar);
                let accounts = &self.schema(Kind::Account);
                playbook::eval_json(playbook::Around { playbooks: &self.playbooks, calendars, usual, accounts }, input)
            }
            "quote" => quote::eval_json(input),
            "reply" => reply::eval_json(&self.reply, input),
            "report" => report::eval_json(&self.schema(Kind::Deal), input),
            "retention" => retention::eval_json(input),
            "routing" => routing::eval_json(&self.routing, &self.schema(Kind::Lead), input),
            "routing_lint" => routing::lint_json(&self.routing, input),
            "segment" => {
                segment::eval_json(|kind| self.schema(kind), (&self.tasks.days, self.forecast.calendar), input)
            }
            "sequence" => {
                let (leads, contacts) = (self.schema(Kind::Lead), self.schema(Kind::Contact));
                let (sequences, calendars) = (&self.sequences, &self.calendars);
                let around = sequence::Around { sequences, calendars, leads: &leads, contacts: &contacts };
                sequence::eval_json(around, input)
            }
            "sla" => {
                let around = sla::Around {
                    sla: &self.sla,
                    schema: &self.schema(Kind::Ticket),
                    calendars: &self.calendars,
                    source: self.source.get("sla"),
                };
                sla::eval_json(&around, input)
            }
            "starters" => starters::eval_json(|configuration| Rules::from_json(configuration).map(drop), input),
            "subscription" => subscription::eval_json(self.renewals.risk(), input),
            "task" => {
                let (settings, priorities, calendars) = (&self.tasks, self.support().priorities(), &self.calendars);
                task::eval_json(task::Around { settings, priorities, calendars }, input)
            }
            "template" => templates::eval_json(&self.templates, |kind| self.schema(kind), input),
            "waterfall" => waterfall::eval_json(input),
            "window" => report::window_json(input),
            _ => Err(Problem::UnknownRule { found: text::shortened(rule, 60), expected: RULES }.into()),
        }
    }

    /// [`Rules::eval`] of JSON text, with the answer as canonical JSON: what every door does.
    ///
    /// # Errors
    /// As there, and text that is no JSON.
    pub fn eval_text(&self, rule: &str, input: &[u8]) -> Result<String> {
        // A cell is made of anybody's text, and a NUL is one of the things that are made harmless there.
        let input = if rule == "csv_cell" { json::parse_any_text(input) } else { json::parse(input) }?;
        Ok(json::canonical(&self.eval(rule, &input)?))
    }

    fn staff_around(&self) -> staff::Around<'_> {
        staff::Around { settings: &self.staff, calendars: &self.calendars }
    }
}
