# Google does not scrape /metrics, which asks for a key. What the log says is counted instead: docs/operating.md has its form.

locals {
  of_service = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.name}\""
  of_log = {
    faults      = { filter = "jsonPayload.msg=\"fault\"", above = 0, seconds = 600, says = "The log names a fault; docs/operating.md says what each line means." }
    not-decided = { filter = "jsonPayload.msg=\"intent\" AND jsonPayload.verdict=\"not_decided\"", above = 30, seconds = 300, says = "Intents stay undecided; jsonPayload.codes says why." }
    unknown     = { filter = "jsonPayload.msg=\"intent\" AND jsonPayload.outcome=\"unknown\"", above = 0, seconds = 600, says = "An action was approved, and nobody knows how it ended; an Andon stops its resource." }
  }
}

resource "google_logging_metric" "of_log" {
  for_each = local.of_log
  project  = var.project
  name     = "${var.name}/${each.key}"
  filter   = "${local.of_service} AND ${each.value.filter}"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_monitoring_alert_policy" "of_log" {
  for_each              = var.serve ? local.of_log : {}
  project               = var.project
  display_name          = "${var.name}: ${each.key}"
  combiner              = "OR"
  notification_channels = var.notify

  documentation {
    content = each.value.says
  }

  conditions {
    display_name = each.key
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.of_log[each.key].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "0s"
      aggregations {
        alignment_period     = "${each.value.seconds}s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
}

# Asked from outside, so of a public service alone. Inside, the balancer's own check of the same path says it.
resource "google_monitoring_uptime_check_config" "ready" {
  count        = var.serve && var.public ? 1 : 0
  project      = var.project
  display_name = "${var.name}: ready"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/health/ready"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = local.host }
  }
}

resource "google_monitoring_alert_policy" "ready" {
  count                 = var.serve && var.public ? 1 : 0
  project               = var.project
  display_name          = "${var.name}: not ready"
  combiner              = "OR"
  notification_channels = var.notify

  documentation {
    content = "Nothing is decided; GET /health/ready says why."
  }

  conditions {
    display_name = "not ready"
    condition_threshold {
      filter          = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.ready[0].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }
}

resource "google_monitoring_alert_policy" "database_disk" {
  project               = var.project
  display_name          = "${var.name}: the database's disk"
  combiner              = "OR"
  notification_channels = var.notify

  documentation {
    content = "More than 80 % is used. Ledgers grow for as long as tenants work: docs/operating.md, Move old receipts out."
  }

  conditions {
    display_name = "disk"
    condition_threshold {
      filter          = "resource.type=\"cloudsql_database\" AND resource.labels.database_id=\"${var.project}:${google_sql_database_instance.ledgers.name}\" AND metric.type=\"cloudsql.googleapis.com/database/disk/utilization\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0.8
      duration        = "300s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MEAN"
      }
    }
  }
}
