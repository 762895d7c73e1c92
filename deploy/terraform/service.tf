resource "google_cloud_run_v2_service" "tai" {
  count               = var.serve ? 1 : 0
  project             = var.project
  name                = var.name
  location            = var.region
  ingress             = var.public ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  deletion_protection = true

  template {
    service_account                  = google_service_account.tai.email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 80
    timeout                          = "300s"
    session_affinity                 = true

    scaling {
      min_instance_count = var.instances.min
      max_instance_count = var.instances.max
    }

    containers {
      image = var.image
      args  = ["serve", "--host", "0.0.0.0", "--port", tostring(local.port), "--log", "json", "--allowed-host", local.host]

      ports {
        container_port = local.port
      }

      env {
        name = "PGPASSWORD"
        value_source {
          secret_key_ref {
            secret  = google_secret_manager_secret.password["pg-app-password"].secret_id
            version = "latest"
          }
        }
      }

      resources {
        # Monitors, webhooks and sealing go on between requests.
        cpu_idle = false
        limits   = { cpu = "1", memory = "1Gi" }
      }

      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 60
        http_get {
          path = "/health/ready"
          port = local.port
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 6
        http_get {
          path = "/health"
          port = local.port
        }
      }

      volume_mounts {
        name       = "cloudsql"
        mount_path = "/cloudsql"
      }

      volume_mounts {
        name       = "data"
        mount_path = "/data"
      }

      dynamic "volume_mounts" {
        for_each = local.seeds
        content {
          name       = volume_mounts.key
          mount_path = "/seed/${volume_mounts.key}"
        }
      }
    }

    volumes {
      name = "cloudsql"
      cloud_sql_instance {
        instances = [google_sql_database_instance.ledgers.connection_name]
      }
    }

    # In memory: it counts to the limit above. What has to last is in the database and the secrets.
    volumes {
      name = "data"
      empty_dir {
        medium     = "MEMORY"
        size_limit = "256Mi"
      }
    }

    dynamic "volumes" {
      for_each = local.seeds
      content {
        name = volumes.key
        secret {
          secret = google_secret_manager_secret.seed[volumes.key].secret_id
          items {
            version = "latest"
            path    = volumes.value
          }
        }
      }
    }
  }

  depends_on = [
    google_project_iam_member.sql,
    google_secret_manager_secret_iam_member.seed,
    google_secret_manager_secret_iam_member.password,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "public" {
  count    = var.serve && var.public ? 1 : 0
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.tai[0].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# Makes the tables, or upgrades them: gcloud run jobs execute NAME-migrate
resource "google_cloud_run_v2_job" "migrate" {
  count    = var.serve ? 1 : 0
  project  = var.project
  name     = "${var.name}-migrate"
  location = var.region

  template {
    template {
      service_account = google_service_account.migrate.email
      max_retries     = 1

      containers {
        image = var.image
        args = [
          "store",
          "migrate",
          "postgres://tai_owner@localhost/tai?host=/cloudsql/${google_sql_database_instance.ledgers.connection_name}",
          "--grant",
          "tai_app",
        ]

        env {
          name = "PGPASSWORD"
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.password["pg-owner-password"].secret_id
              version = "latest"
            }
          }
        }

        volume_mounts {
          name       = "cloudsql"
          mount_path = "/cloudsql"
        }
      }

      volumes {
        name = "cloudsql"
        cloud_sql_instance {
          instances = [google_sql_database_instance.ledgers.connection_name]
        }
      }
    }
  }

  depends_on = [google_project_iam_member.sql, google_secret_manager_secret_iam_member.password]
}
