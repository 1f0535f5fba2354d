//! Pipelines: golden cases, checks at load.

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("a move starts the stage's clock anew", "/ageing/is_over", "false"),
    ("a move starts the stage's clock anew", "/ageing/days", "0"),
    ("over from the very day on, in a list and on a card", "/ageing/is_over", "true"),
    ("over from the very day on, in a list and on a card", "/ageing/days", "10"),
    ("a second before it is not", "/ageing/is_over", "false"),
    ("the oldest deals do not vanish", "/ageing/is_over", "true"),
    ("a planned activity exempts", "/ageing/is_over", "false"),
    ("a planned activity exempts only where the rule says so", "/ageing/is_over", "true"),
    ("a planned activity of the past does not exempt", "/ageing/is_over", "true"),
    ("age runs on whatever happened since", "/ageing/is_over", "true"),
    ("idle begins with the last touch", "/ageing/is_over", "false"),
    ("never touched: idle since the beginning", "/ageing/is_over", "true"),
    ("an opportunity may be older than its row", "/ageing/days", "57"),
    ("no threshold, never over", "/ageing/is_over", "false"),
    ("a threshold of zero days is none", "/ageing/is_over", "false"),
    ("won deals have no clock", "/ageing/is_over", "false"),
    ("lost deals have no clock", "/ageing/is_over", "false"),
    // Two days and two more in A, one in B.
    ("time in a stage accumulates over visits", "/totals/0/seconds", "345600"),
    ("time in a stage accumulates over visits", "/totals/1/seconds", "86400"),
    ("time in a stage accumulates over visits", "/current/seconds", "172800"),
    ("two moves in one instant go by number", "/spans/1/seconds", "0"),
    ("two moves in one instant go by number", "/current/stage", r#""C""#),
    ("an entry that was backdated", "/spans/0/seconds", "1209600"),
    ("an entry that was corrected moves the end of the stay before", "/spans/0/seconds", "172800"),
    ("no entry is before the one before", "/spans/0/seconds", "0"),
    ("inherited from the stage", "/standing/probability_bp", "5000"),
    ("set by hand", "/standing/probability_bp", "3500"),
    ("set by hand", "/standing/category", r#""commit""#),
    ("won is certain, whatever somebody set", "/standing/probability_bp", "10000"),
    ("won is certain, whatever somebody set", "/standing/category", r#""closed""#),
    ("lost is left out, whatever somebody set", "/standing/category", r#""omitted""#),
    ("an open stage of no probability is open", "/standing/state", r#""open""#),
    ("an open stage of all probability is open", "/standing/state", r#""open""#),
    ("empty texts: the default pipeline, its first open stage", "/deal/stage", r#""prospecting""#),
    ("codes are written as the stage spells them", "/deal/stage", r#""negotiation""#),
    ("a stage of another pipeline is refused", "/refused/0/error/detail/code", r#""stage_not_in_pipeline""#),
    ("a stage of another pipeline is refused", "/refused/2/error/detail/code", r#""unknown_pipeline""#),
    ("made as lost: it would have stood in the lowest open stage", "/deal/last_open_stage", r#""Prospecting""#),
    ("won, then lost: it would have stood in the highest open stage", "/deal/last_open_stage", r#""Negotiation""#),
    ("a probability set by hand survives open stages", "/deal/probability_bp", "3500"),
    ("winning clears what was set by hand and keeps what it was", "/deal/closed_probability_bp", "3500"),
    ("winning clears what was set by hand and keeps what it was", "/deal/closed_as", r#""Won""#),
    ("an edit that names no probability changes none", "/deal/probability_bp", "3500"),
    ("lost needs a reason", "/refused/0/error/detail/missing/0/code", r#""lost_reason_required""#),
    ("another reason needs a note", "/refused/1/error/detail/missing/0/code", r#""lost_note_required""#),
    ("another reason needs a note", "/deal/state", r#""lost""#),
    ("an import of the past needs no reason", "/deal/closed_at", r#""2025-12-01T00:00:00Z""#),
    ("all that a stage requires, at once", "/refused/0/error/detail/missing/1/field", r#""close_date""#),
    ("all that a stage requires, at once", "/deal/stage", r#""b""#),
    ("nothing is required to be lost, nor in another pipeline", "/refused", "[]"),
    ("won deals stay won when they move", "/deal/closed_at", r#""2026-01-01T00:00:00Z""#),
    ("won deals stay won when they move", "/deal/stage_entered_at", r#""2026-01-05T00:00:00Z""#),
    ("archived is not lost", "/deal/state", r#""open""#),
];

/// Pointers that must not be there.
#[test]
fn what_is_cleared_is_gone() {
    for (name, pointer) in [
        ("in another pipeline it is inherited again", "/deal/probability_bp"),
        ("winning clears what was set by hand and keeps what it was", "/deal/probability_bp"),
        ("winning clears what was set by hand and keeps what it was", "/deal/category"),
        ("reopened: nothing is left of the close", "/deal/closed_at"),
        ("reopened: nothing is left of the close", "/deal/lost_reason"),
        ("a move to where it stands is none", "/revisions/1"),
        ("without pipelines texts are free", "/deal/state"),
    ] {
        let cases = golden::cases("pipeline");
        let case = cases.iter().find(|c| c["name"] == *name).unwrap();
        assert_eq!(golden::run("pipeline", case).pointer(pointer), None, "{name} {pointer}");
    }
}

#[test]
fn numbers_worked_out_by_hand_hold() {
    golden::holds("pipeline", NUMBERS);
}
