"""The facts of the shared registry."""

from clients.models.clients import Client, ClientStanding, Lifecycle
from clients.models.confirmations import FactConfirmation
from clients.models.contacts import Contact
from clients.models.criteria import Criterion, CustomField, Level, RuleChange, RulesStamp, StandingPass, ValueMove, Waiver
from clients.models.duplicates import (
    ClearMerging,
    ClientMerge,
    DuplicateKey,
    DuplicateMark,
    DuplicatePair,
    DuplicateScan,
    DuplicateSettings,
    PairState,
    ScanStage,
)
from clients.models.imports import ImportedRow, ImportProfile, ImportRun
from clients.models.quality import QualityDigest, QualityRun, QualitySettings, QualitySnapshot
from clients.models.references import Industry, LineOfBusiness, Source, TargetProfile
from clients.models.touches import Touch, TouchKind, TouchOutcome

__all__ = [
    "ClearMerging",
    "Client",
    "ClientMerge",
    "ClientStanding",
    "Contact",
    "Criterion",
    "CustomField",
    "DuplicateKey",
    "DuplicateMark",
    "DuplicatePair",
    "DuplicateScan",
    "DuplicateSettings",
    "FactConfirmation",
    "ImportProfile",
    "ImportRun",
    "ImportedRow",
    "Industry",
    "Level",
    "Lifecycle",
    "LineOfBusiness",
    "PairState",
    "QualityDigest",
    "QualityRun",
    "QualitySettings",
    "QualitySnapshot",
    "RuleChange",
    "RulesStamp",
    "ScanStage",
    "Source",
    "StandingPass",
    "TargetProfile",
    "Touch",
    "TouchKind",
    "TouchOutcome",
    "ValueMove",
    "Waiver",
]
