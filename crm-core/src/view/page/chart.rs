//! Drawings: whole numbers in, SVG out. What a drawing shows always stands beside it as text.

use super::html::Html;

/// A bar of a waterfall: from where to where on the scale of amounts, and whether it adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) tone: Tone,
}

/// The colour of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Whole,
    Gain,
    Loss,
    Mark,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Tone::Whole => "whole",
            Tone::Gain => "gain",
            Tone::Loss => "loss",
            Tone::Mark => "mark",
        }
    }
}

/// Where an amount lies on a line of so many places, if the line goes from `low` to `high`.
fn place(amount: i64, low: i64, high: i64, length: i64) -> i64 {
    let (amount, low, high) = (i128::from(amount), i128::from(low), i128::from(high));
    let range = high.saturating_sub(low).max(1);
    let along = amount.saturating_sub(low).saturating_mul(i128::from(length)).checked_div(range).unwrap_or(0);
    i64::try_from(along).unwrap_or(0).clamp(0, length)
}

/// Opens a drawing with so many places across and down, which fills the room that it gets; it is decoration, so readers
/// that speak skip it.
fn open(html: &mut Html, class: &'static str, width: i64, height: i64) {
    html.markup("<svg aria-hidden=\"true\" focusable=\"false\" preserveAspectRatio=\"none\" class=\"");
    html.markup(class);
    html.markup("\" viewBox=\"0 0 ");
    html.number(width);
    html.markup(" ");
    html.number(height);
    html.markup("\">");
}

fn rectangle(html: &mut Html, (x, y, width, height): (i64, i64, i64, i64), tone: Tone) {
    html.markup("<rect x=\"");
    html.number(x);
    html.markup("\" y=\"");
    html.number(y);
    html.markup("\" width=\"");
    html.number(width);
    html.markup("\" height=\"");
    html.number(height);
    html.markup("\" class=\"");
    html.markup(tone.class());
    html.markup("\"/>");
}

/// One horizontal bar of a list of bars that share a scale from `low` to `high`.
pub(super) fn bar(html: &mut Html, span: Span, (low, high): (i64, i64)) {
    const WIDTH: i64 = 320;
    const HEIGHT: i64 = 12;
    let (from, to) = (place(span.from, low, high, WIDTH), place(span.to, low, high, WIDTH));
    let left = from.min(to);
    // What is there at all is seen.
    let width = from.max(to).saturating_sub(left).max(i64::from(span.from != span.to));
    open(html, "bar", WIDTH, HEIGHT);
    rectangle(html, (left, 0, width, HEIGHT), span.tone);
    html.markup("</svg>");
}

/// Columns side by side, each with its share of a million, and marks at places of a million along the bottom line.
pub(super) fn histogram(html: &mut Html, shares: &[i64], marks: &[i64]) {
    const WIDTH: i64 = 640;
    const HEIGHT: i64 = 140;
    let count = i64::try_from(shares.len()).unwrap_or(1).max(1);
    let each = WIDTH.checked_div(count).unwrap_or(WIDTH).max(1);
    let most = shares.iter().copied().max().unwrap_or(1).max(1);
    open(html, "histogram", each.saturating_mul(count), HEIGHT);
    for (at, share) in shares.iter().enumerate() {
        let height = place(*share, 0, most, HEIGHT.saturating_sub(8)).max(i64::from(*share > 0));
        let x = i64::try_from(at).unwrap_or(0).saturating_mul(each);
        rectangle(html, (x, HEIGHT.saturating_sub(height), each.saturating_sub(2).max(1), height), Tone::Whole);
    }
    for mark in marks {
        let x = place(*mark, 0, 1_000_000, each.saturating_mul(count).saturating_sub(2));
        rectangle(html, (x, 0, 2, HEIGHT), Tone::Mark);
    }
    html.markup("</svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_on_the_line() {
        assert_eq!(place(50, 0, 100, 320), 160);
        assert_eq!((place(-5, 0, 100, 320), place(500, 0, 100, 320), place(7, 7, 7, 320)), (0, 320, 0));
        assert_eq!(place(i64::MAX, i64::MIN, i64::MAX, 320), 320);
    }
}
