# The golden path on Google Cloud: Cloud Run over Cloud SQL, keys in Secret Manager, old receipts in a bucket.
# It was formatted and parsed by Terraform 1.11; no provider checked it and no cloud ran it. docs/deploying.md has the steps.

data "google_project" "this" {
  project_id = var.project
}

locals {
  port       = 8787
  host       = "${var.name}-${data.google_project.this.number}.${var.region}.run.app"
  ledger_key = var.mode == "eval" ? "eval-ledger.key" : "ledger.key"

  # What the container finds below /seed, each in a folder of its own.
  seeds = {
    config      = "config.json"
    credentials = "credentials.json"
    ledger-key  = local.ledger_key
    ledger-mark = "${local.ledger_key}.mark.json"
    metrics-key = "metrics.key"
  }
  passwords = ["pg-app-password", "pg-owner-password"]
}

resource "google_project_service" "used" {
  for_each = toset([
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "sqladmin.googleapis.com",
  ])
  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

resource "google_service_account" "tai" {
  project      = var.project
  account_id   = var.name
  display_name = "TAI Autonomics: decides"
}

resource "google_service_account" "migrate" {
  project      = var.project
  account_id   = "${var.name}-migrate"
  display_name = "TAI Autonomics: makes the tables"
}

resource "google_project_iam_member" "sql" {
  for_each = {
    tai     = google_service_account.tai.member
    migrate = google_service_account.migrate.member
  }
  project = var.project
  role    = "roles/cloudsql.client"
  member  = each.value
}
