//! What the website shows: its description, its logo, where the company is.

use std::cmp::Reverse;

use super::findings::{Desk, From, clean};
use super::material::{Icon, PageKind, Read};
use super::url::{is_safe, resolve};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::rules::identity::country_code;

/// A description that is shorter is a slogan or a placeholder.
const LEAST_DESCRIPTION: usize = 20;

pub(super) fn derive(desk: &mut Desk<'_>) {
    description(desk);
    logo(desk);
    address(desk);
}

/// What the company says it does. The page about the company comes before the home page, whose description often sells
/// a product.
fn description(desk: &mut Desk<'_>) {
    let material = desk.material;
    let mut pages: Vec<&Read> = material.pages.iter().filter(|p| p.kind <= PageKind::About).collect();
    pages.sort_by_key(|p| Reverse(p.kind));
    let mut add = |method, text: &str, source: &str, sure| {
        if clean(text).chars().count() >= LEAST_DESCRIPTION {
            desk.found(Topic::Description, method, sure, text, From { source, evidence: text });
        }
    };
    for read in pages {
        for organization in &read.organizations {
            add(Method::JsonLd, &organization.description, &read.source, Confidence::High);
        }
        add(Method::MetaDescription, &read.page.description, &read.source, Confidence::Medium);
        add(Method::OgDescription, &read.page.og_description, &read.source, Confidence::Medium);
    }
}

/// The logo: of the structured data; else the best icon; else the place where icons are by convention.
fn logo(desk: &mut Desk<'_>) {
    let material = desk.material;
    for read in &material.pages {
        for organization in &read.organizations {
            if is_safe(&organization.logo) {
                let (logo, source) = (resolve(&read.page.url, &organization.logo), &read.source);
                let from = From { source, evidence: &organization.logo };
                desk.found(Topic::Logo, Method::JsonLd, Confidence::High, &logo, from);
            }
        }
    }
    let icons = material.pages.iter().flat_map(|read| read.page.icons.iter().map(move |icon| (read, icon)));
    let best = icons
        .filter(|(_, icon)| is_safe(&icon.href))
        .min_by_key(|(read, icon)| (Reverse(pixels(icon)), read.kind, icon.href.as_str(), read.source.as_str()));
    if let Some((read, icon)) = best {
        let from = From { source: &read.source, evidence: &icon.href };
        desk.found(Topic::Logo, Method::Icon, Confidence::Medium, &resolve(&read.page.url, &icon.href), from);
    } else if let Some(read) = material.pages.first() {
        let from = From { source: &read.source, evidence: "/favicon.ico" };
        let place = resolve(&read.page.url, "/favicon.ico");
        desk.found(Topic::Logo, Method::FaviconDefault, Confidence::Low, &place, from);
    }
}

/// The side of icons for the screens of telephones, where a page does not say another.
const TOUCH_ICON: u32 = 180;

/// How large an icon can be shown: a drawing without end, a picture by its shorter side, unknown as nothing.
fn pixels(icon: &Icon) -> u32 {
    let href = icon.href.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let drawing = icon.kind.eq_ignore_ascii_case("image/svg+xml") || href.ends_with(".svg");
    if drawing || icon.sizes.eq_ignore_ascii_case("any") {
        return u32::MAX;
    }
    let side = |size: &str| {
        let (width, height) = size.split_once(['x', 'X'])?;
        Some(width.parse::<u32>().ok()?.min(height.parse().ok()?))
    };
    let is_touch_icon = icon.rel.to_ascii_lowercase().contains("apple-touch-icon");
    let usual = if is_touch_icon { TOUCH_ICON } else { 0 };
    icon.sizes.split_whitespace().filter_map(side).max().unwrap_or(usual)
}

/// The address in the structured data.
fn address(desk: &mut Desk<'_>) {
    let material = desk.material;
    for read in &material.pages {
        for o in &read.organizations {
            let country = country_code(&o.country).unwrap_or_default();
            for (topic, value, evidence) in [
                (Topic::Street, o.street.as_str(), &o.street),
                (Topic::City, &o.city, &o.city),
                (Topic::PostalCode, &o.postal_code, &o.postal_code),
                (Topic::Country, country, &o.country),
            ] {
                desk.found(topic, Method::JsonLd, Confidence::High, value, From { source: &read.source, evidence });
            }
        }
    }
}
