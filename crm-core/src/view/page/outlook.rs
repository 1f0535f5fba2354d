//! The forecast, what changed, and how sure it is.

use serde_json::Value as Json;

use super::Page;
use super::answer::{list, money, shown_amount, text, whole};
use super::chart::{Span, Tone, bar, histogram};
use crate::kernel::money::{Currency, Money};
use crate::kernel::page_label::PageLabel;
use crate::kernel::sales::Category;
use crate::lang::category;

impl Page<'_> {
    pub(super) fn forecast(&mut self) {
        let (answers, lang) = (self.answers, self.lang);
        let Some(period) = list(&answers.forecast, "/periods").first() else { return };
        self.section(PageLabel::Forecast);
        self.html.element("<h3>", text(period, "/period/text"), "</h3>");
        self.html.markup("<table><thead><tr>");
        for (at, label) in
            [PageLabel::Category, PageLabel::Deals, PageLabel::Amount, PageLabel::WeightedAmount].iter().enumerate()
        {
            self.html.markup(if at == 0 { "<th scope=\"col\">" } else { "<th scope=\"col\" class=\"number\">" });
            self.label(*label);
            self.html.markup("</th>");
        }
        self.html.markup("</tr></thead><tbody>");
        let row = |page: &mut Self, name: &str, figures: &Json| {
            let shown = |at: &str| shown_amount(money(figures, at, answers.currency), lang);
            page.html.element("<tr><th scope=\"row\">", name, "</th>");
            page.figure(&whole(figures, "/count").unwrap_or(0).to_string());
            page.figure(&shown("/amount"));
            page.figure(&shown("/weighted"));
            page.html.markup("</tr>");
        };
        // What is omitted is told, but is no part of the total.
        for one in Category::ALL.iter().rev() {
            if let Some(figures) = period.pointer("/categories").and_then(|all| all.get(one.code())) {
                row(self, &category(one.code(), lang), figures);
            }
        }
        self.html.markup("</tbody><tfoot>");
        if let Some(total) = period.get("total") {
            row(self, crate::lang::page_label(PageLabel::Total, lang), total);
        }
        self.html.markup("</tfoot></table>");
        self.excluded(&answers.forecast);
        self.html.markup("</section>");
    }

    /// What counted nowhere, with the reason.
    fn excluded(&mut self, answer: &Json) {
        let excluded = list(answer, "/excluded");
        if excluded.is_empty() {
            return;
        }
        self.html.markup("<p class=\"why\">");
        self.label(PageLabel::Excluded);
        self.html.text(if self.lang == crate::lang::Lang::French { "\u{a0}: " } else { ": " });
        self.html.number(i64::try_from(excluded.len()).unwrap_or(i64::MAX));
        self.html.markup("</p>");
    }

    pub(super) fn waterfall(&mut self) {
        let (answers, lang) = (self.answers, self.lang);
        let answer = &answers.waterfall;
        let minor = |json: &Json, at: &str| money(json, at, answers.currency).map(crate::Money::minor_units);
        let (Some(start), Some(end)) = (minor(answer, "/start"), minor(answer, "/end")) else { return };
        let mut rows = Vec::new();
        let mut at = start;
        // What adds comes first, so that the line falls from its highest point to the end.
        for adds in [true, false] {
            let buckets = answer.pointer("/buckets").and_then(Json::as_object).into_iter().flatten();
            for (_, bucket) in buckets.filter(|(_, b)| b.get("adds") == Some(&Json::Bool(adds))) {
                let amount = minor(bucket, "/amount").unwrap_or(0);
                if amount == 0 {
                    continue;
                }
                let next = if adds { at.saturating_add(amount) } else { at.saturating_sub(amount) };
                let tone = if adds { Tone::Gain } else { Tone::Loss };
                rows.push((Span { from: at, to: next, tone }, bucket));
                at = next;
            }
        }
        let ends = rows.iter().flat_map(|(span, _)| [span.from, span.to]).chain([0, start, end]);
        let scale = (ends.clone().min().unwrap_or(0), ends.max().unwrap_or(0));
        let whole = |to| Span { from: 0, to, tone: Tone::Whole };
        self.section(PageLabel::Waterfall);
        self.html.markup("<table class=\"chart\"><tbody>");
        let ended = |page: &mut Self, label: PageLabel, pointer: &str, span: Span| {
            page.html.markup("<tr><th scope=\"row\">");
            page.label(label);
            page.html.markup("</th>");
            page.figure(&shown_amount(money(answer, pointer, answers.currency), lang));
            page.html.markup("<td>");
            bar(&mut page.html, span, scale);
            page.html.markup("</td></tr>");
        };
        ended(self, PageLabel::Before, "/start", whole(start));
        for (span, bucket) in &rows {
            self.html.element("<tr><th scope=\"row\">", text(bucket, "/text"), "</th>");
            let sign = if span.tone == Tone::Gain { "+\u{a0}" } else { "−\u{a0}" };
            let shown = shown_amount(money(bucket, "/amount", answers.currency), lang);
            self.figure(&format!("{sign}{shown}"));
            self.html.markup("<td>");
            bar(&mut self.html, *span, scale);
            self.html.markup("</td></tr>");
        }
        ended(self, PageLabel::Now, "/end", whole(end));
        self.html.markup("</tbody></table><ul class=\"why\">");
        for line in rows.iter().flat_map(|(_, bucket)| list(bucket, "/top")).take(6) {
            self.html.markup("<li>");
            self.html.name(text(line, "/text"));
            self.html.markup("</li>");
        }
        self.html.markup("</ul></section>");
    }

    pub(super) fn bands(&mut self) {
        let answers = self.answers;
        let columns = list(&answers.bands, "/histogram");
        let quantiles = list(&answers.bands, "/quantiles");
        if quantiles.is_empty() {
            return;
        }
        self.section(PageLabel::Bands);
        let shares: Vec<i64> = columns.iter().map(|column| whole(column, "/share_ppm").unwrap_or(0)).collect();
        let minor = |json: &Json, at: &str| money(json, at, answers.currency).map(crate::Money::minor_units);
        let low = columns.first().and_then(|column| minor(column, "/from")).unwrap_or(0);
        let high = columns.last().and_then(|column| minor(column, "/to")).unwrap_or(0);
        let range = i128::from(high.saturating_sub(low).max(1));
        let along = |amount: i64| {
            let above = i128::from(amount.saturating_sub(low)).saturating_mul(1_000_000);
            i64::try_from(above.checked_div(range).unwrap_or(0)).unwrap_or(0)
        };
        let marks: Vec<i64> = quantiles.iter().filter_map(|q| minor(q, "/amount")).map(along).collect();
        // One column says nothing that the sentences do not.
        if shares.len() > 1 {
            histogram(&mut self.html, &shares, &marks);
            self.html.markup("<p class=\"axis\">");
            for end in [low, high] {
                let shown = answers.currency.and_then(|currency| without_cents(end, currency));
                self.html.element("<span>", &shown_amount(shown, self.lang), "</span>");
            }
            self.html.markup("</p><p class=\"why\">");
            self.label(PageLabel::Lines);
            self.html.markup("</p>");
        }
        self.html.markup("<ul class=\"lines\">");
        for quantile in quantiles {
            self.html.element("<li>", text(quantile, "/text"), "</li>");
        }
        self.html.markup("</ul></section>");
    }
}

/// An end of an axis, of which nobody reads the cents.
fn without_cents(minor: i64, currency: Currency) -> Option<Money> {
    let one = 10i64.checked_pow(currency.minor_digits())?;
    Money::new(minor.checked_sub(minor.checked_rem(one)?)?, currency).ok()
}
