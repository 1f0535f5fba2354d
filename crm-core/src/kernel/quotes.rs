//! The words of quotes.

use super::coded::coded;

coded! {
    /// Where a quote stands. That it has expired is never stored: it follows from its last day.
    QuoteState {
        /// Being written; everything may change.
        Draft = "draft",
        /// It has its number and waits to leave; nothing of it changes any more.
        Issued = "issued",
        /// It left.
        Sent = "sent",
        /// The customer said yes to exactly this.
        Accepted = "accepted",
        /// The customer said no.
        Declined = "declined",
        /// A later version stands in its place.
        Superseded = "superseded",
        /// Withdrawn; its number is used up.
        Cancelled = "cancelled",
    }
}

coded! {
    /// What the prices of a quote are.
    PriceMode {
        /// Without VAT, which comes on top.
        Net = "net",
        /// With VAT, which is taken out of them: what was typed is what is paid.
        Gross = "gross",
    }
}

coded! {
    /// Where VAT is rounded.
    VatRounding {
        /// Once for each category and rate (EN 16931, BR-CO-17).
        PerRate = "per_rate",
        /// For each line.
        PerLine = "per_line",
    }
}

coded! {
    /// What a line of a quote is.
    LineKind {
        /// Something that is sold.
        Item = "item",
        /// Something that may be added; it counts in no total until it is chosen.
        Optional = "optional",
        /// A heading.
        Section = "section",
        /// Words without a price.
        Text = "text",
    }
}

coded! {
    /// What kind of VAT a line bears: the categories of EN 16931 (UNCL 5305).
    VatCategory {
        /// Taxed at a rate above zero.
        Standard = "S",
        /// Taxed at zero.
        Zero = "Z",
        /// Exempt, for a reason that has to be named.
        Exempt = "E",
        /// The customer owes the VAT.
        ReverseCharge = "AE",
        /// Supply to a business in another country of the Union.
        IntraCommunity = "K",
        /// Export out of the Union.
        Export = "G",
        /// Not subject to VAT.
        OutOfScope = "O",
        /// IGIC, the tax of the Canary Islands.
        Igic = "L",
        /// IPSI, the tax of Ceuta and Melilla.
        Ipsi = "M",
    }
}

impl VatCategory {
    /// Whether its rate can be anything but zero.
    pub const fn has_rate(self) -> bool {
        matches!(self, VatCategory::Standard | VatCategory::Igic | VatCategory::Ipsi)
    }
}

coded! {
    /// Who buys.
    CustomerKind {
        /// A business.
        Business = "business",
        /// A consumer.
        Consumer = "consumer",
    }
}

coded! {
    /// What French law wants a quote to say.
    QuoteMention {
        /// Its date.
        QuoteDate = "quote_date",
        /// Until when it holds.
        Validity = "validity",
        /// The seller's name.
        SellerName = "seller_name",
        /// The seller's legal form; of a sole trader « EI ».
        SellerForm = "seller_form",
        /// The seller's share capital.
        SellerCapital = "seller_capital",
        /// The seller's address.
        SellerAddress = "seller_address",
        /// The seller's SIREN.
        SellerSiren = "seller_siren",
        /// The seller's number in the register of companies or of trades.
        SellerRegister = "seller_register",
        /// The seller's VAT number.
        SellerVatNumber = "seller_vat_number",
        /// The customer's name.
        CustomerName = "customer_name",
        /// The customer's address.
        CustomerAddress = "customer_address",
        /// The customer's VAT number, where the customer owes the VAT.
        CustomerVatNumber = "customer_vat_number",
        /// What is sold: words, quantity and unit price of every line.
        Lines = "lines",
        /// The total without VAT.
        Net = "net",
        /// The VAT of each rate.
        VatByRate = "vat_by_rate",
        /// Why no VAT is owed.
        ExemptionReason = "exemption_reason",
        /// The total with VAT.
        Gross = "gross",
        /// When and how it is paid.
        PaymentTerms = "payment_terms",
        /// What late payment costs.
        LatePenalty = "late_penalty",
        /// The ten-year insurance of the building trades.
        Insurance = "insurance",
        /// What becomes of the waste of building works.
        Waste = "waste",
        /// The line above the signature.
        SignatureLine = "signature_line",
    }
}

coded! {
    /// What kind of business makes a quote; the law asks for other mentions of each.
    SellerProfile {
        /// A sole trader in services.
        Freelance = "freelance",
        /// A company.
        Company = "company",
        /// A building trade, company or not.
        Renovation = "renovation",
    }
}

coded! {
    /// Where French VAT has rates of its own.
    VatTerritory {
        /// Metropolitan France, without the rates of Corsica.
        Metropolitan = "metropolitan",
        /// Guadeloupe, Martinique, La Réunion.
        Overseas = "overseas",
    }
}

coded! {
    /// When the numbers of a series begin again.
    NumberReset {
        /// Never.
        Never = "never",
        /// Every year.
        Year = "year",
        /// Every month.
        Month = "month",
    }
}

coded! {
    /// What became of a line between two versions of a quote.
    LineChange {
        /// It is new.
        Added = "added",
        /// It is gone.
        Removed = "removed",
        /// It says or costs something else.
        Changed = "changed",
        /// It is as it was.
        Same = "same",
    }
}

coded! {
    /// Whether a quote says what the law wants.
    MentionState {
        /// It does.
        Present = "present",
        /// It does not.
        Missing = "missing",
        /// It says something that cannot be right.
        Wrong = "wrong",
        /// The law does not ask for it here.
        NotAsked = "not_asked",
    }
}

coded! {
    /// Where a quote stands on a day: its state, or that its last day is over.
    QuoteStanding {
        /// Being written.
        Draft = "draft",
        /// It has its number and waits to leave.
        Issued = "issued",
        /// It left.
        Sent = "sent",
        /// Nobody answered, and its last day is over.
        Expired = "expired",
        /// The customer said yes.
        Accepted = "accepted",
        /// The customer said no.
        Declined = "declined",
        /// A later version stands in its place.
        Superseded = "superseded",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
}

coded! {
    /// What somebody does with a quote.
    QuoteAct {
        /// Changes what it says.
        Edit = "edit",
        /// Gives it its number, after which nothing of it changes.
        Issue = "issue",
        /// Writes the message that it leaves with.
        Send = "send",
        /// Begins the version that is to stand in its place.
        Revise = "revise",
        /// Writes down that the customer said yes.
        Accept = "accept",
        /// The same after its last day, for a reason.
        AcceptLate = "accept_late",
        /// Writes down that the customer said no.
        Decline = "decline",
        /// Withdraws it; its number stays used.
        Cancel = "cancel",
        /// Puts it away.
        Archive = "archive",
    }
}

coded! {
    /// Where the value of a deal comes from.
    ValueSource {
        /// Somebody wrote it, after a quote had given another; quotes leave it alone.
        Manual = "manual",
        /// It is the net of the deal's primary quote.
        PrimaryQuote = "primary_quote",
    }
}
