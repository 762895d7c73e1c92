# The roles and the database itself are made by SQL, as docs/deploying.md shows. A user that this provider makes becomes a
# member of cloudsqlsuperuser, and could take tables away; and its password would stand in the state.

resource "google_sql_database_instance" "ledgers" {
  project             = var.project
  name                = var.name
  region              = var.region
  database_version    = "POSTGRES_15"
  deletion_protection = true
  depends_on          = [google_project_service.used]

  settings {
    edition           = "ENTERPRISE"
    tier              = var.tier
    availability_type = "REGIONAL"
    disk_type         = "PD_SSD"
    disk_autoresize   = true

    deletion_protection_enabled = true

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
    }

    ip_configuration {
      # Cloud Run comes through the connector at /cloudsql, whose connections are encrypted and known by their identity.
      ssl_mode = "ENCRYPTED_ONLY"
    }

    insights_config {
      query_insights_enabled = true
    }
  }
}
