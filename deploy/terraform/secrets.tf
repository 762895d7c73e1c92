# Empty: a version that this module wrote would stand in its state. docs/deploying.md has the commands that fill them.

resource "google_secret_manager_secret" "seed" {
  for_each  = local.seeds
  project   = var.project
  secret_id = "${var.name}-${each.key}"

  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret" "password" {
  for_each  = toset(local.passwords)
  project   = var.project
  secret_id = "${var.name}-${each.key}"

  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret_iam_member" "seed" {
  for_each  = google_secret_manager_secret.seed
  project   = var.project
  secret_id = each.value.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.tai.member
}

resource "google_secret_manager_secret_iam_member" "password" {
  for_each = {
    pg-app-password   = google_service_account.tai.member
    pg-owner-password = google_service_account.migrate.member
  }
  project   = var.project
  secret_id = google_secret_manager_secret.password[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}
