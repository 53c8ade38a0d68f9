// The log's name of an error class. Pure.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "common/platform/connector.h"

namespace carillon::publisher {

inline v1::RefusalClass RefusalOf(platform::ErrorClass error) {
  switch (error) {
    case platform::ErrorClass::kRateLimited:
      return v1::REFUSAL_CLASS_RATE_LIMITED;
    case platform::ErrorClass::kAuth:
      return v1::REFUSAL_CLASS_AUTH;
    case platform::ErrorClass::kDuplicate:
      return v1::REFUSAL_CLASS_DUPLICATE;
    case platform::ErrorClass::kInvalidContent:
      return v1::REFUSAL_CLASS_INVALID_CONTENT;
    case platform::ErrorClass::kPermanent:
      return v1::REFUSAL_CLASS_PERMANENT;
    case platform::ErrorClass::kNone:
    case platform::ErrorClass::kRetryable:
      break;
  }
  return v1::REFUSAL_CLASS_RETRYABLE;
}

}  // namespace carillon::publisher
