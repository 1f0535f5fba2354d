//! What the lead's own address, website and numbers tell: domain, website, desk or person, kinds of lines.

use super::findings::{Desk, From};
use super::{person, social};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::rules::identity::country_code;

pub(super) fn derive(desk: &mut Desk<'_>) {
    domain(desk);
    website(desk);
    mailbox(desk);
    phones(desk);
}

/// The company's domain: that of the website, or else that of the address. Neither a mail provider's nor a social
/// network's is the company's.
fn domain(desk: &mut Desk<'_>) {
    let (own, identity) = (desk.own, desk.identity);
    let company = |written: &str| {
        let domain = identity.domain(written)?;
        domain.company().filter(|d| !social::is_network(d)).map(str::to_owned)
    };
    if let Some(domain) = company(own.get("website")) {
        let from = From { source: "lead.website", evidence: own.get("website") };
        desk.found(Topic::Domain, Method::WebsiteDomain, Confidence::High, &domain, from);
    }
    let email = own.get("email");
    // The class of an address's domain is that of the domain that was meant.
    let meant = identity.email(email).filter(|e| e.domain.company().is_some() && suggestion(desk, email).is_none());
    if let Some(domain) = meant.and_then(|e| company(&e.domain.ascii)) {
        desk.found(
            Topic::Domain,
            Method::EmailDomain,
            Confidence::High,
            &domain,
            From { source: "lead.email", evidence: email },
        );
    }
}

/// The website's full address: as it was written with `https` before it, or that of the domain.
fn website(desk: &mut Desk<'_>) {
    let written = desk.own.get("website");
    if !written.is_empty() {
        let bare = !written.contains("://") && !written.starts_with('/') && desk.identity.domain(written).is_some();
        if bare {
            let from = From { source: "lead.website", evidence: written };
            desk.found(Topic::Website, Method::Domain, Confidence::High, &format!("https://{written}"), from);
        }
        return;
    }
    if let Some((domain, source)) = desk.known(Topic::Domain) {
        let from = From { source: &source, evidence: &domain };
        desk.found(Topic::Website, Method::Domain, Confidence::Medium, &format!("https://{domain}"), from);
    }
}

/// The address that was meant, a desk's name, or the person's.
fn mailbox(desk: &mut Desk<'_>) {
    let written = desk.own.get("email");
    let Some(email) = desk.identity.email(written) else { return };
    let from = From { source: "lead.email", evidence: written };
    if let Some(meant) = suggestion(desk, written) {
        desk.found(Topic::EmailSuggestion, Method::DomainTypo, Confidence::Medium, &meant, from);
    }
    let local = email.exact.rsplit_once('@').map_or("", |(local, _)| local);
    if email.role {
        desk.found(Topic::RoleAccount, Method::LocalPart, Confidence::High, local, from);
        return;
    }
    // `service.client` is no Service Client.
    let office = |part: &str| desk.identity.email(&format!("{part}@{}", email.domain.ascii)).is_some_and(|e| e.role);
    if local.split(['.', '_', '-']).any(office) {
        return;
    }
    if let Some(name) = person::from_local_part(local) {
        desk.found(Topic::FirstName, Method::LocalPart, name.confidence, &name.first, from);
        desk.found(Topic::LastName, Method::LocalPart, name.confidence, &name.last, from);
    }
}

/// The address with the domain that was meant, where that is another. A provider's second domain is no mistake.
fn suggestion(desk: &Desk<'_>, written: &str) -> Option<String> {
    let email = desk.identity.email(written)?;
    let (local, domain) = email.exact.rsplit_once('@')?;
    let (_, meant) = email.canonical.rsplit_once('@')?;
    let mistyped = meant != domain && !desk.identity.is_provider(domain);
    mistyped.then(|| format!("{local}@{meant}"))
}

/// The kinds of the lead's numbers, and the company's number from its structured data.
fn phones(desk: &mut Desk<'_>) {
    let (own, material) = (desk.own, desk.material);
    let region = region(desk);
    for (field, source, topic) in
        [("phone", "lead.phone", Topic::PhoneKind), ("mobile", "lead.mobile", Topic::MobileKind)]
    {
        let written = own.get(field);
        if let Some(phone) = desk.identity.phone(written, region) {
            let from = From { source, evidence: written };
            desk.found(topic, Method::PhonePlan, Confidence::High, phone.kind.name(), from);
        }
    }
    for read in &material.pages {
        for organization in &read.organizations {
            let region = country_code(&organization.country).or(region);
            if let Some(phone) = desk.identity.phone(&organization.phone, region) {
                let from = From { source: &read.source, evidence: &organization.phone };
                desk.found(Topic::Phone, Method::JsonLd, Confidence::Medium, &phone.e164, from);
            }
        }
    }
}

/// Where a number without prefix is dialled: the lead's own country, or else the one that the host supposes.
fn region(desk: &Desk<'_>) -> Option<&'static str> {
    country_code(desk.own.get("country")).or(desk.material.country_hint)
}
