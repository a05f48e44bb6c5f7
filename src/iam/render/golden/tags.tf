# Delegation acme: a role in account 111122223333 that delegates Amazon Bedrock access to Signet.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "role_name" {
  description = "Name of the role. If you change it, configure the role's ARN in Signet."
  type        = string
  default     = "signet-acme"

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.role_name))
    error_message = "Must be: 1 to 64 letters, digits and _+=,.@-."
  }
}

variable "external_id" {
  description = "External ID that Signet generated for this delegation. Don't change it."
  type        = string
  default     = "sgx-0123456789abcdefghijABCDEFGH"

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@:/-]{2,1000}[A-Za-z0-9_+=,.@:/-]{0,224}$", var.external_id))
    error_message = "Must be: 2 to 1224 letters, digits and _+=,.@:/-."
  }
}

variable "signet_principal_arn" {
  description = "ARN of Signet's own user or role, the only one that may assume the role."
  type        = string
  default     = "arn:aws:iam::123456789012:role/signet"

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(user|role)/[A-Za-z0-9_+=,.@/-]+$", var.signet_principal_arn))
    error_message = "Must be: ARN of an IAM user or role."
  }
}

resource "aws_iam_role" "signet" {
  name                 = var.role_name
  path                 = "/"
  description          = "Delegates Amazon Bedrock access to Signet: delegation acme"
  max_session_duration = 7200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "SignetAssumesUnderExternalId"
        Effect = "Allow"
        Principal = {
          AWS = var.signet_principal_arn
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "sts:ExternalId" = var.external_id
          }
          StringLike = {
            "sts:RoleSessionName" = "signet-*"
          }
        }
      },
      {
        Sid    = "SignetTagsItsSessions"
        Effect = "Allow"
        Principal = {
          AWS = var.signet_principal_arn
        }
        Action = "sts:TagSession"
        Condition = {
          StringEquals = {
            "aws:RequestTag/cost center" = "B\u00fcro 7"
            "aws:RequestTag/team"        = "a=b"
          }
          "ForAllValues:StringEquals" = {
            "aws:TagKeys" = [
              "cost center",
              "team",
            ]
          }
        }
      },
      {
        Sid    = "SignetNamesItsSource"
        Effect = "Allow"
        Principal = {
          AWS = var.signet_principal_arn
        }
        Action = "sts:SetSourceIdentity"
        Condition = {
          StringEquals = {
            "sts:SourceIdentity" = "team-a"
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "signet" {
  name = "signet-bedrock"
  role = aws_iam_role.signet.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Invoke"
        Effect = "Allow"
        Action = [
          "bedrock:InvokeModel",
          "bedrock:InvokeModelWithResponseStream",
        ]
        Resource = [
          "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-*",
          "arn:aws:bedrock:us-east-1:111122223333:project/default",
        ]
      },
      {
        Sid    = "ThroughProfile"
        Effect = "Allow"
        Action = [
          "bedrock:InvokeModel",
          "bedrock:InvokeModelWithResponseStream",
        ]
        Resource = ["arn:aws:bedrock:us-*::foundation-model/anthropic.claude-*"]
        Condition = {
          ArnLike = {
            "bedrock:InferenceProfileArn" = ["arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-*"]
          }
        }
      },
      {
        Sid      = "CountTokens"
        Effect   = "Allow"
        Action   = ["bedrock:CountTokens"]
        Resource = ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-*"]
      },
    ]
  })
}

output "role_arn" {
  description = "The role that Signet assumes."
  value       = aws_iam_role.signet.arn
}
