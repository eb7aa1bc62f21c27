/* Code generated from crds/ by `make generate`. DO NOT EDIT. */

/** The schema of each kind, by its name. */
export const schemas = {
  Guardrail: {
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string"
      },
      "kind": {
        "type": "string"
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "type": "object",
        "required": [
          "enforcement",
          "match"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "self.enforcement != 'Deny' || has(self.failurePolicy)",
            "message": "failurePolicy must be set to Fail or Ignore when enforcement is Deny",
            "fieldPath": ".failurePolicy"
          },
          {
            "rule": "self.enforcement == 'Deny' || !has(self.failurePolicy) || self.failurePolicy == 'Ignore'",
            "message": "failurePolicy may be Fail only when enforcement is Deny",
            "fieldPath": ".failurePolicy"
          }
        ],
        "properties": {
          "description": {
            "type": "string",
            "maxLength": 1024
          },
          "severity": {
            "type": "string",
            "enum": [
              "Low",
              "Medium",
              "High",
              "Critical"
            ],
            "default": "Medium"
          },
          "enforcement": {
            "type": "string",
            "enum": [
              "Deny",
              "Warn",
              "Audit"
            ]
          },
          "failurePolicy": {
            "type": "string",
            "enum": [
              "Fail",
              "Ignore"
            ]
          },
          "match": {
            "type": "object",
            "required": [
              "actions"
            ],
            "x-kubernetes-validations": [
              {
                "rule": "has(self.resources) || !self.actions.exists(a, a in ['Create', 'Update', 'Delete', 'LabelChange', 'AnnotationChange', 'FinalizerRemove', 'OwnerChange'])",
                "message": "resources must be set for the actions that can happen to anything (Create, Update, Delete, LabelChange, AnnotationChange, FinalizerRemove, OwnerChange)",
                "fieldPath": ".resources"
              }
            ],
            "properties": {
              "actions": {
                "type": "array",
                "x-kubernetes-list-type": "set",
                "minItems": 1,
                "maxItems": 40,
                "items": {
                  "type": "string",
                  "enum": [
                    "Create",
                    "Update",
                    "Delete",
                    "Evict",
                    "ScaleUp",
                    "ScaleDown",
                    "ScaleToZero",
                    "Suspend",
                    "ImageChange",
                    "ResourceChange",
                    "ResourceIncrease",
                    "ResourceDecrease",
                    "PodTemplateChange",
                    "Restart",
                    "PrivilegeIncrease",
                    "ServiceAccountChange",
                    "ConfigChange",
                    "NetworkPolicyChange",
                    "NetworkPolicyLoosen",
                    "ServiceExpose",
                    "Exec",
                    "Attach",
                    "PortForward",
                    "Proxy",
                    "Debug",
                    "TokenRequest",
                    "RoleGrant",
                    "DisruptionBudgetLoosen",
                    "AutoscalingChange",
                    "RetentionLoosen",
                    "LabelChange",
                    "AnnotationChange",
                    "FinalizerRemove",
                    "OwnerChange",
                    "Cordon",
                    "TaintChange"
                  ]
                }
              },
              "resources": {
                "type": "array",
                "x-kubernetes-list-type": "atomic",
                "minItems": 1,
                "maxItems": 32,
                "items": {
                  "type": "object",
                  "required": [
                    "apiGroups",
                    "resources"
                  ],
                  "properties": {
                    "apiGroups": {
                      "type": "array",
                      "x-kubernetes-list-type": "set",
                      "minItems": 1,
                      "maxItems": 16,
                      "items": {
                        "type": "string",
                        "maxLength": 253,
                        "pattern": "^(\\*|[a-z0-9.-]*)$"
                      }
                    },
                    "resources": {
                      "type": "array",
                      "x-kubernetes-list-type": "set",
                      "minItems": 1,
                      "maxItems": 32,
                      "items": {
                        "type": "string",
                        "maxLength": 253,
                        "pattern": "^(\\*|[a-z0-9.-]+)$"
                      }
                    },
                    "podTemplatePath": {
                      "type": "string",
                      "minLength": 3,
                      "maxLength": 256
                    }
                  },
                  "additionalProperties": false
                }
              },
              "includeStatus": {
                "type": "boolean",
                "default": false
              },
              "derived": {
                "type": "string",
                "enum": [
                  "Ignore",
                  "Include"
                ],
                "default": "Ignore"
              },
              "names": {
                "type": "array",
                "x-kubernetes-list-type": "set",
                "minItems": 1,
                "maxItems": 64,
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 253
                }
              },
              "namespaces": {
                "type": "object",
                "properties": {
                  "include": {
                    "type": "array",
                    "x-kubernetes-list-type": "set",
                    "minItems": 1,
                    "maxItems": 64,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 63,
                      "pattern": "^[a-z0-9*?-]+$"
                    }
                  },
                  "exclude": {
                    "type": "array",
                    "x-kubernetes-list-type": "set",
                    "maxItems": 64,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 63,
                      "pattern": "^[a-z0-9*?-]+$"
                    }
                  }
                },
                "additionalProperties": false
              },
              "namespaceSelector": {
                "type": "object",
                "properties": {
                  "matchLabels": {
                    "type": "object",
                    "maxProperties": 32,
                    "additionalProperties": {
                      "type": "string",
                      "maxLength": 63
                    }
                  },
                  "matchExpressions": {
                    "type": "array",
                    "x-kubernetes-list-type": "atomic",
                    "maxItems": 32,
                    "items": {
                      "type": "object",
                      "required": [
                        "key",
                        "operator"
                      ],
                      "properties": {
                        "key": {
                          "type": "string",
                          "maxLength": 317
                        },
                        "operator": {
                          "type": "string",
                          "enum": [
                            "In",
                            "NotIn",
                            "Exists",
                            "DoesNotExist"
                          ]
                        },
                        "values": {
                          "type": "array",
                          "x-kubernetes-list-type": "atomic",
                          "maxItems": 64,
                          "items": {
                            "type": "string",
                            "maxLength": 63
                          }
                        }
                      },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              },
              "objectSelector": {
                "type": "object",
                "properties": {
                  "matchLabels": {
                    "type": "object",
                    "maxProperties": 32,
                    "additionalProperties": {
                      "type": "string",
                      "maxLength": 63
                    }
                  },
                  "matchExpressions": {
                    "type": "array",
                    "x-kubernetes-list-type": "atomic",
                    "maxItems": 32,
                    "items": {
                      "type": "object",
                      "required": [
                        "key",
                        "operator"
                      ],
                      "properties": {
                        "key": {
                          "type": "string",
                          "maxLength": 317
                        },
                        "operator": {
                          "type": "string",
                          "enum": [
                            "In",
                            "NotIn",
                            "Exists",
                            "DoesNotExist"
                          ]
                        },
                        "values": {
                          "type": "array",
                          "x-kubernetes-list-type": "atomic",
                          "maxItems": 64,
                          "items": {
                            "type": "string",
                            "maxLength": 63
                          }
                        }
                      },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              },
              "selectorProtection": {
                "type": "string",
                "enum": [
                  "Guard",
                  "None"
                ],
                "default": "Guard"
              },
              "subjects": {
                "type": "object",
                "properties": {
                  "include": {
                    "type": "array",
                    "x-kubernetes-list-type": "atomic",
                    "minItems": 1,
                    "maxItems": 64,
                    "items": {
                      "type": "object",
                      "required": [
                        "kind",
                        "name"
                      ],
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.kind == 'ServiceAccount' ? has(self.namespace) : !has(self.namespace)",
                          "message": "namespace must be set for a ServiceAccount, and only there"
                        }
                      ],
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "User",
                            "Group",
                            "ServiceAccount"
                          ]
                        },
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 256
                        },
                        "namespace": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 63
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "exclude": {
                    "type": "array",
                    "x-kubernetes-list-type": "atomic",
                    "maxItems": 64,
                    "items": {
                      "type": "object",
                      "required": [
                        "kind",
                        "name"
                      ],
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.kind == 'ServiceAccount' ? has(self.namespace) : !has(self.namespace)",
                          "message": "namespace must be set for a ServiceAccount, and only there"
                        }
                      ],
                      "properties": {
                        "kind": {
                          "type": "string",
                          "enum": [
                            "User",
                            "Group",
                            "ServiceAccount"
                          ]
                        },
                        "name": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 256
                        },
                        "namespace": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 63
                        }
                      },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              },
              "fieldManagers": {
                "type": "object",
                "properties": {
                  "include": {
                    "type": "array",
                    "x-kubernetes-list-type": "set",
                    "minItems": 1,
                    "maxItems": 64,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 128
                    }
                  },
                  "exclude": {
                    "type": "array",
                    "x-kubernetes-list-type": "set",
                    "maxItems": 64,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 128
                    }
                  }
                },
                "additionalProperties": false
              }
            },
            "additionalProperties": false
          },
          "when": {
            "type": "array",
            "x-kubernetes-list-type": "atomic",
            "minItems": 1,
            "maxItems": 16,
            "items": {
              "type": "object",
              "x-kubernetes-validations": [
                {
                  "rule": "(has(self.change) ? 1 : 0) + (has(self.field) ? 1 : 0) + (has(self.changesOutside) ? 1 : 0) + (has(self.images) ? 1 : 0) + (has(self.violatesSchema) ? 1 : 0) + (has(self.cel) ? 1 : 0) + (has(self.anyOf) ? 1 : 0) == 1",
                  "message": "exactly one of change, field, changesOutside, images, violatesSchema, cel and anyOf must be set"
                }
              ],
              "properties": {
                "change": {
                  "type": "object",
                  "required": [
                    "type"
                  ],
                  "x-kubernetes-validations": [
                    {
                      "rule": "!(has(self.byMoreThan) && has(self.byAtLeast))",
                      "message": "only one of byMoreThan and byAtLeast may be set"
                    },
                    {
                      "rule": "self.type in ['Increased', 'Decreased'] || !(has(self.byMoreThan) || has(self.byAtLeast))",
                      "message": "byMoreThan and byAtLeast may be set only for the types Increased and Decreased"
                    }
                  ],
                  "properties": {
                    "path": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512
                    },
                    "type": {
                      "type": "string",
                      "enum": [
                        "Any",
                        "Added",
                        "Removed",
                        "Changed",
                        "Increased",
                        "Decreased"
                      ]
                    },
                    "byMoreThan": {
                      "x-kubernetes-int-or-string": true,
                      "type": [
                        "integer",
                        "string"
                      ]
                    },
                    "byAtLeast": {
                      "x-kubernetes-int-or-string": true,
                      "type": [
                        "integer",
                        "string"
                      ]
                    }
                  },
                  "additionalProperties": false
                },
                "field": {
                  "type": "object",
                  "required": [
                    "path",
                    "operator"
                  ],
                  "properties": {
                    "path": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512
                    },
                    "in": {
                      "type": "string",
                      "enum": [
                        "Object",
                        "OldObject",
                        "Target",
                        "Options",
                        "Namespace",
                        "Request"
                      ],
                      "default": "Target"
                    },
                    "operator": {
                      "type": "string",
                      "enum": [
                        "Exists",
                        "DoesNotExist",
                        "Equals",
                        "NotEquals",
                        "In",
                        "NotIn",
                        "Glob",
                        "NotGlob",
                        "Matches",
                        "NotMatches",
                        "GreaterThan",
                        "GreaterThanOrEqual",
                        "LessThan",
                        "LessThanOrEqual"
                      ]
                    },
                    "values": {
                      "type": "array",
                      "x-kubernetes-list-type": "atomic",
                      "minItems": 1,
                      "maxItems": 64,
                      "items": {
                        "x-kubernetes-preserve-unknown-fields": true
                      }
                    },
                    "quantifier": {
                      "type": "string",
                      "enum": [
                        "Any",
                        "All"
                      ],
                      "default": "Any"
                    }
                  },
                  "additionalProperties": false
                },
                "changesOutside": {
                  "type": "array",
                  "x-kubernetes-list-type": "set",
                  "minItems": 1,
                  "maxItems": 64,
                  "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 512
                  }
                },
                "images": {
                  "type": "object",
                  "x-kubernetes-validations": [
                    {
                      "rule": "has(self.notFrom) || has(self.tags) || has(self.withoutDigest) || has(self.scan)",
                      "message": "at least one of notFrom, tags, withoutDigest and scan must be set"
                    }
                  ],
                  "properties": {
                    "notFrom": {
                      "type": "array",
                      "x-kubernetes-list-type": "set",
                      "minItems": 1,
                      "maxItems": 64,
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 512
                      }
                    },
                    "tags": {
                      "type": "array",
                      "x-kubernetes-list-type": "set",
                      "minItems": 1,
                      "maxItems": 64,
                      "items": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 128
                      }
                    },
                    "withoutDigest": {
                      "type": "boolean",
                      "enum": [
                        true
                      ]
                    },
                    "scan": {
                      "type": "object",
                      "required": [
                        "onSourceUnavailable"
                      ],
                      "properties": {
                        "maxCritical": {
                          "type": "integer",
                          "format": "int32",
                          "minimum": 0
                        },
                        "maxHigh": {
                          "type": "integer",
                          "format": "int32",
                          "minimum": 0
                        },
                        "maxAge": {
                          "type": "string",
                          "maxLength": 16,
                          "pattern": "^[0-9]+(s|m|h|d)$"
                        },
                        "trustedNamespaces": {
                          "type": "array",
                          "x-kubernetes-list-type": "set",
                          "minItems": 1,
                          "maxItems": 64,
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 63,
                            "pattern": "^[a-z0-9*?-]+$"
                          }
                        },
                        "onSourceUnavailable": {
                          "type": "string",
                          "enum": [
                            "Deny",
                            "Warn",
                            "Allow"
                          ]
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "additionalProperties": false
                },
                "violatesSchema": {
                  "type": "object",
                  "x-kubernetes-preserve-unknown-fields": true
                },
                "cel": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 4096
                },
                "anyOf": {
                  "type": "array",
                  "x-kubernetes-list-type": "atomic",
                  "minItems": 1,
                  "maxItems": 16,
                  "items": {
                    "type": "object",
                    "x-kubernetes-validations": [
                      {
                        "rule": "(has(self.change) ? 1 : 0) + (has(self.field) ? 1 : 0) + (has(self.changesOutside) ? 1 : 0) + (has(self.images) ? 1 : 0) + (has(self.violatesSchema) ? 1 : 0) + (has(self.cel) ? 1 : 0) == 1",
                        "message": "exactly one of change, field, changesOutside, images, violatesSchema and cel must be set"
                      }
                    ],
                    "properties": {
                      "change": {
                        "type": "object",
                        "required": [
                          "type"
                        ],
                        "x-kubernetes-validations": [
                          {
                            "rule": "!(has(self.byMoreThan) && has(self.byAtLeast))",
                            "message": "only one of byMoreThan and byAtLeast may be set"
                          },
                          {
                            "rule": "self.type in ['Increased', 'Decreased'] || !(has(self.byMoreThan) || has(self.byAtLeast))",
                            "message": "byMoreThan and byAtLeast may be set only for the types Increased and Decreased"
                          }
                        ],
                        "properties": {
                          "path": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 512
                          },
                          "type": {
                            "type": "string",
                            "enum": [
                              "Any",
                              "Added",
                              "Removed",
                              "Changed",
                              "Increased",
                              "Decreased"
                            ]
                          },
                          "byMoreThan": {
                            "x-kubernetes-int-or-string": true,
                            "type": [
                              "integer",
                              "string"
                            ]
                          },
                          "byAtLeast": {
                            "x-kubernetes-int-or-string": true,
                            "type": [
                              "integer",
                              "string"
                            ]
                          }
                        },
                        "additionalProperties": false
                      },
                      "field": {
                        "type": "object",
                        "required": [
                          "path",
                          "operator"
                        ],
                        "properties": {
                          "path": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 512
                          },
                          "in": {
                            "type": "string",
                            "enum": [
                              "Object",
                              "OldObject",
                              "Target",
                              "Options",
                              "Namespace",
                              "Request"
                            ],
                            "default": "Target"
                          },
                          "operator": {
                            "type": "string",
                            "enum": [
                              "Exists",
                              "DoesNotExist",
                              "Equals",
                              "NotEquals",
                              "In",
                              "NotIn",
                              "Glob",
                              "NotGlob",
                              "Matches",
                              "NotMatches",
                              "GreaterThan",
                              "GreaterThanOrEqual",
                              "LessThan",
                              "LessThanOrEqual"
                            ]
                          },
                          "values": {
                            "type": "array",
                            "x-kubernetes-list-type": "atomic",
                            "minItems": 1,
                            "maxItems": 64,
                            "items": {
                              "x-kubernetes-preserve-unknown-fields": true
                            }
                          },
                          "quantifier": {
                            "type": "string",
                            "enum": [
                              "Any",
                              "All"
                            ],
                            "default": "Any"
                          }
                        },
                        "additionalProperties": false
                      },
                      "changesOutside": {
                        "type": "array",
                        "x-kubernetes-list-type": "set",
                        "minItems": 1,
                        "maxItems": 64,
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 512
                        }
                      },
                      "images": {
                        "type": "object",
                        "x-kubernetes-validations": [
                          {
                            "rule": "has(self.notFrom) || has(self.tags) || has(self.withoutDigest) || has(self.scan)",
                            "message": "at least one of notFrom, tags, withoutDigest and scan must be set"
                          }
                        ],
                        "properties": {
                          "notFrom": {
                            "type": "array",
                            "x-kubernetes-list-type": "set",
                            "minItems": 1,
                            "maxItems": 64,
                            "items": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 512
                            }
                          },
                          "tags": {
                            "type": "array",
                            "x-kubernetes-list-type": "set",
                            "minItems": 1,
                            "maxItems": 64,
                            "items": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 128
                            }
                          },
                          "withoutDigest": {
                            "type": "boolean",
                            "enum": [
                              true
                            ]
                          },
                          "scan": {
                            "type": "object",
                            "required": [
                              "onSourceUnavailable"
                            ],
                            "properties": {
                              "maxCritical": {
                                "type": "integer",
                                "format": "int32",
                                "minimum": 0
                              },
                              "maxHigh": {
                                "type": "integer",
                                "format": "int32",
                                "minimum": 0
                              },
                              "maxAge": {
                                "type": "string",
                                "maxLength": 16,
                                "pattern": "^[0-9]+(s|m|h|d)$"
                              },
                              "trustedNamespaces": {
                                "type": "array",
                                "x-kubernetes-list-type": "set",
                                "minItems": 1,
                                "maxItems": 64,
                                "items": {
                                  "type": "string",
                                  "minLength": 1,
                                  "maxLength": 63,
                                  "pattern": "^[a-z0-9*?-]+$"
                                }
                              },
                              "onSourceUnavailable": {
                                "type": "string",
                                "enum": [
                                  "Deny",
                                  "Warn",
                                  "Allow"
                                ]
                              }
                            },
                            "additionalProperties": false
                          }
                        },
                        "additionalProperties": false
                      },
                      "violatesSchema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": true
                      },
                      "cel": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 4096
                      }
                    },
                    "additionalProperties": false
                  }
                }
              },
              "additionalProperties": false
            }
          },
          "schedule": {
            "type": "object",
            "required": [
              "active",
              "windows"
            ],
            "properties": {
              "active": {
                "type": "string",
                "enum": [
                  "During",
                  "Outside"
                ]
              },
              "windows": {
                "type": "array",
                "x-kubernetes-list-type": "atomic",
                "minItems": 1,
                "maxItems": 32,
                "items": {
                  "type": "object",
                  "x-kubernetes-validations": [
                    {
                      "rule": "has(self.weekly) != has(self.absolute)",
                      "message": "exactly one of weekly and absolute must be set"
                    }
                  ],
                  "properties": {
                    "weekly": {
                      "type": "object",
                      "required": [
                        "timeZone",
                        "days",
                        "start",
                        "duration"
                      ],
                      "properties": {
                        "timeZone": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 64
                        },
                        "days": {
                          "type": "array",
                          "x-kubernetes-list-type": "set",
                          "minItems": 1,
                          "maxItems": 7,
                          "items": {
                            "type": "string",
                            "enum": [
                              "Mon",
                              "Tue",
                              "Wed",
                              "Thu",
                              "Fri",
                              "Sat",
                              "Sun"
                            ]
                          }
                        },
                        "start": {
                          "type": "string",
                          "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"
                        },
                        "duration": {
                          "type": "string",
                          "maxLength": 16,
                          "pattern": "^[0-9]+(s|m|h|d)$"
                        }
                      },
                      "additionalProperties": false
                    },
                    "absolute": {
                      "type": "object",
                      "required": [
                        "from",
                        "to"
                      ],
                      "x-kubernetes-validations": [
                        {
                          "rule": "self.from < self.to",
                          "message": "from must be before to"
                        }
                      ],
                      "properties": {
                        "from": {
                          "type": "string",
                          "format": "date-time"
                        },
                        "to": {
                          "type": "string",
                          "format": "date-time"
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "additionalProperties": false
                }
              }
            },
            "additionalProperties": false
          },
          "message": {
            "type": "string",
            "maxLength": 1024
          },
          "audit": {
            "type": "object",
            "default": {
              "allowed": "Record"
            },
            "properties": {
              "allowed": {
                "type": "string",
                "enum": [
                  "Record",
                  "Log",
                  "None"
                ],
                "default": "Record"
              }
            },
            "additionalProperties": false
          },
          "tests": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "name"
            ],
            "minItems": 1,
            "maxItems": 64,
            "items": {
              "type": "object",
              "required": [
                "name",
                "request",
                "expect"
              ],
              "properties": {
                "name": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 128
                },
                "request": {
                  "type": "object",
                  "required": [
                    "operation",
                    "resource"
                  ],
                  "properties": {
                    "operation": {
                      "type": "string",
                      "enum": [
                        "CREATE",
                        "UPDATE",
                        "DELETE",
                        "CONNECT"
                      ]
                    },
                    "resource": {
                      "type": "object",
                      "required": [
                        "version",
                        "resource"
                      ],
                      "properties": {
                        "group": {
                          "type": "string",
                          "maxLength": 253
                        },
                        "version": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 63
                        },
                        "resource": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253
                        }
                      },
                      "additionalProperties": false
                    },
                    "subresource": {
                      "type": "string",
                      "maxLength": 63
                    },
                    "namespace": {
                      "type": "string",
                      "maxLength": 63
                    },
                    "name": {
                      "type": "string",
                      "maxLength": 253
                    },
                    "object": {
                      "type": "object",
                      "x-kubernetes-preserve-unknown-fields": true
                    },
                    "oldObject": {
                      "type": "object",
                      "x-kubernetes-preserve-unknown-fields": true
                    },
                    "options": {
                      "type": "object",
                      "x-kubernetes-preserve-unknown-fields": true
                    },
                    "userInfo": {
                      "type": "object",
                      "required": [
                        "username"
                      ],
                      "properties": {
                        "username": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 253
                        },
                        "uid": {
                          "type": "string",
                          "maxLength": 253
                        },
                        "groups": {
                          "type": "array",
                          "x-kubernetes-list-type": "atomic",
                          "maxItems": 64,
                          "items": {
                            "type": "string",
                            "maxLength": 253
                          }
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "additionalProperties": false
                },
                "target": {
                  "type": "object",
                  "x-kubernetes-preserve-unknown-fields": true
                },
                "namespaceLabels": {
                  "type": "object",
                  "maxProperties": 64,
                  "additionalProperties": {
                    "type": "string",
                    "maxLength": 63
                  }
                },
                "existing": {
                  "type": "array",
                  "x-kubernetes-list-type": "atomic",
                  "maxItems": 32,
                  "items": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": true
                  }
                },
                "now": {
                  "type": "string",
                  "format": "date-time"
                },
                "expect": {
                  "type": "string",
                  "enum": [
                    "Tripped",
                    "Denied",
                    "Warned",
                    "Audited",
                    "Allowed",
                    "NotMatched",
                    "Error"
                  ]
                },
                "message": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 1024
                }
              },
              "additionalProperties": false
            }
          }
        },
        "additionalProperties": false
      },
      "status": {
        "type": "object",
        "default": {
          "observedGeneration": -1
        },
        "properties": {
          "observedGeneration": {
            "type": "integer",
            "format": "int64",
            "default": -1
          },
          "conditions": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "type"
            ],
            "maxItems": 16,
            "items": {
              "type": "object",
              "required": [
                "type",
                "status",
                "lastTransitionTime",
                "reason",
                "message"
              ],
              "properties": {
                "type": {
                  "type": "string",
                  "maxLength": 316
                },
                "status": {
                  "type": "string",
                  "enum": [
                    "True",
                    "False",
                    "Unknown"
                  ]
                },
                "observedGeneration": {
                  "type": "integer",
                  "format": "int64",
                  "minimum": 0
                },
                "lastTransitionTime": {
                  "type": "string",
                  "format": "date-time"
                },
                "reason": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 1024
                },
                "message": {
                  "type": "string",
                  "maxLength": 32768
                }
              },
              "additionalProperties": false
            }
          },
          "counts": {
            "type": "object",
            "properties": {
              "denied": {
                "type": "integer",
                "format": "int64"
              },
              "warned": {
                "type": "integer",
                "format": "int64"
              },
              "audited": {
                "type": "integer",
                "format": "int64"
              },
              "allowed": {
                "type": "integer",
                "format": "int64"
              }
            },
            "additionalProperties": false
          },
          "schedule": {
            "type": "object",
            "required": [
              "inEffect"
            ],
            "properties": {
              "inEffect": {
                "type": "boolean"
              },
              "nextChangeTime": {
                "type": "string",
                "format": "date-time"
              }
            },
            "additionalProperties": false
          },
          "lastViolationTime": {
            "type": "string",
            "format": "date-time"
          }
        },
        "additionalProperties": false
      }
    },
    "additionalProperties": false
  },
  GuardrailViolation: {
    "type": "object",
    "required": [
      "spec"
    ],
    "properties": {
      "apiVersion": {
        "type": "string"
      },
      "kind": {
        "type": "string"
      },
      "metadata": {
        "type": "object"
      },
      "spec": {
        "type": "object",
        "required": [
          "decision",
          "guardrail",
          "severity",
          "enforcement",
          "action",
          "subject",
          "time",
          "operatorInstance",
          "sequence"
        ],
        "x-kubernetes-validations": [
          {
            "rule": "self == oldSelf",
            "message": "spec must not change, since a record is written once"
          }
        ],
        "properties": {
          "decision": {
            "type": "string",
            "enum": [
              "Denied",
              "Warned",
              "Audited",
              "Allowed"
            ]
          },
          "reason": {
            "type": "string",
            "maxLength": 64
          },
          "guardrail": {
            "type": "object",
            "required": [
              "name",
              "uid",
              "generation"
            ],
            "properties": {
              "name": {
                "type": "string",
                "maxLength": 253
              },
              "uid": {
                "type": "string",
                "maxLength": 64
              },
              "generation": {
                "type": "integer",
                "format": "int64"
              }
            },
            "additionalProperties": false
          },
          "severity": {
            "type": "string",
            "enum": [
              "Low",
              "Medium",
              "High",
              "Critical"
            ]
          },
          "enforcement": {
            "type": "string",
            "enum": [
              "Deny",
              "Warn",
              "Audit"
            ]
          },
          "message": {
            "type": "string",
            "maxLength": 4096
          },
          "action": {
            "type": "object",
            "required": [
              "type",
              "types",
              "operation",
              "resource",
              "target"
            ],
            "properties": {
              "type": {
                "type": "string",
                "maxLength": 64
              },
              "types": {
                "type": "array",
                "x-kubernetes-list-type": "set",
                "maxItems": 32,
                "items": {
                  "type": "string",
                  "maxLength": 64
                }
              },
              "operation": {
                "type": "string",
                "enum": [
                  "CREATE",
                  "UPDATE",
                  "DELETE",
                  "CONNECT"
                ]
              },
              "group": {
                "type": "string",
                "maxLength": 253
              },
              "version": {
                "type": "string",
                "maxLength": 64
              },
              "resource": {
                "type": "string",
                "maxLength": 253
              },
              "subresource": {
                "type": "string",
                "maxLength": 64
              },
              "namespace": {
                "type": "string",
                "maxLength": 63
              },
              "name": {
                "type": "string",
                "maxLength": 253
              },
              "uid": {
                "type": "string",
                "maxLength": 64
              },
              "target": {
                "type": "string",
                "maxLength": 800
              }
            },
            "additionalProperties": false
          },
          "changes": {
            "type": "array",
            "x-kubernetes-list-type": "atomic",
            "maxItems": 20,
            "items": {
              "type": "object",
              "required": [
                "path"
              ],
              "properties": {
                "path": {
                  "type": "string",
                  "maxLength": 512
                },
                "from": {
                  "type": "string",
                  "maxLength": 256
                },
                "to": {
                  "type": "string",
                  "maxLength": 256
                }
              },
              "additionalProperties": false
            }
          },
          "changesTruncated": {
            "type": "integer",
            "format": "int64"
          },
          "subject": {
            "type": "object",
            "required": [
              "username"
            ],
            "properties": {
              "username": {
                "type": "string",
                "maxLength": 1024
              },
              "uid": {
                "type": "string",
                "maxLength": 256
              },
              "groups": {
                "type": "array",
                "x-kubernetes-list-type": "atomic",
                "maxItems": 64,
                "items": {
                  "type": "string",
                  "maxLength": 1024
                }
              },
              "serviceAccount": {
                "type": "object",
                "required": [
                  "namespace",
                  "name"
                ],
                "properties": {
                  "namespace": {
                    "type": "string",
                    "maxLength": 63
                  },
                  "name": {
                    "type": "string",
                    "maxLength": 253
                  }
                },
                "additionalProperties": false
              }
            },
            "additionalProperties": false
          },
          "fieldManager": {
            "type": "string",
            "maxLength": 128
          },
          "time": {
            "type": "string",
            "format": "date-time"
          },
          "operatorInstance": {
            "type": "string",
            "maxLength": 64
          },
          "sequence": {
            "type": "integer",
            "format": "int64"
          }
        },
        "additionalProperties": false
      },
      "status": {
        "type": "object",
        "properties": {
          "count": {
            "type": "integer",
            "format": "int64"
          },
          "firstTime": {
            "type": "string",
            "format": "date-time"
          },
          "lastTime": {
            "type": "string",
            "format": "date-time"
          },
          "ranges": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": [
              "operatorInstance"
            ],
            "maxItems": 64,
            "items": {
              "type": "object",
              "required": [
                "operatorInstance",
                "first",
                "last",
                "count"
              ],
              "properties": {
                "operatorInstance": {
                  "type": "string",
                  "maxLength": 64
                },
                "first": {
                  "type": "integer",
                  "format": "int64"
                },
                "last": {
                  "type": "integer",
                  "format": "int64"
                },
                "count": {
                  "type": "integer",
                  "format": "int64"
                }
              },
              "additionalProperties": false
            }
          }
        },
        "additionalProperties": false
      }
    },
    "additionalProperties": false
  },
} as const;
