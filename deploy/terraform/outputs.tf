output "store" {
  description = "`store` of config.json."
  value       = "postgres://tai_app@localhost/tai?host=/cloudsql/${google_sql_database_instance.ledgers.connection_name}"
}

output "segments" {
  description = "`segments` of config.json."
  value       = "gs://${google_storage_bucket.segments.name}/segments"
}

output "host" {
  description = "The host that callers reach."
  value       = local.host
}

output "secrets" {
  description = "The secrets that need a version before `serve` is true."
  value       = sort(concat([for name, _ in local.seeds : "${var.name}-${name}"], [for name in local.passwords : "${var.name}-${name}"]))
}
