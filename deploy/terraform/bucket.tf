# Where `tai store archive` puts the receipts that a checkpoint covers: "segments": "gs://BUCKET/segments" in config.json.
# With ?retain=3650&mode=compliance behind it each object is locked: nobody deletes it earlier, you included.

resource "google_storage_bucket" "segments" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-segments"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  enable_object_retention     = true
  force_destroy               = false
}

# Writes once and reads. It can neither delete nor change an object.
resource "google_project_iam_custom_role" "segments" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_segments"
  title       = "Adds and reads segments"
  permissions = ["storage.objects.create", "storage.objects.get", "storage.objects.list", "storage.objects.setRetention"]
}

resource "google_storage_bucket_iam_member" "segments" {
  bucket = google_storage_bucket.segments.name
  role   = google_project_iam_custom_role.segments.id
  member = google_service_account.tai.member
}
