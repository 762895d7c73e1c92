variable "project" {
  description = "The project of Google Cloud."
  type        = string
}

variable "region" {
  description = "Where everything is."
  type        = string
  default     = "europe-west1"
}

variable "name" {
  description = "The name of the service, and the beginning of every other name."
  type        = string
  default     = "tai"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "Lower case, digits and hyphens, 2 to 21 characters."
  }
}

variable "image" {
  description = "The image that deploy/docker/Dockerfile makes, in a registry of yours; with its digest, so that it cannot change."
  type        = string
}

variable "serve" {
  description = "false: the database, the bucket and empty secrets. true, once the secrets have versions: the service and its alerts too."
  type        = bool
  default     = false
}

variable "mode" {
  description = "What config.json says: eval or contractual. The key file is named by it."
  type        = string
  default     = "contractual"

  validation {
    condition     = contains(["eval", "contractual"], var.mode)
    error_message = "eval or contractual."
  }
}

variable "public" {
  description = "Whether callers reach it without an identity of Google. Every door asks for a key or a token of its own."
  type        = bool
  default     = false
}

variable "tier" {
  description = "The machine of the database."
  type        = string
  default     = "db-custom-2-7680"
}

variable "instances" {
  description = "The least and the most processes. Each takes up to 8 connections of the database."
  type        = object({ min = number, max = number })
  default     = { min = 1, max = 4 }
}

variable "notify" {
  description = "Notification channels of the alerts, by their full names."
  type        = list(string)
  default     = []
}
