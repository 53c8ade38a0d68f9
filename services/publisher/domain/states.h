// What the states of a delivery mean. Pure.
#pragma once

#include <string>

#include "carillon/publisher/v1/delivery.pb.h"
#include "common/base/enum_text.h"

namespace carillon::publisher {

// Nothing happens any more by itself. UNCONFIRMED and HELD wait for a person.
inline bool IsFinal(v1::DeliveryState state) {
  switch (state) {
    case v1::DELIVERY_STATE_PUBLISHED:
    case v1::DELIVERY_STATE_FAILED:
    case v1::DELIVERY_STATE_UNCONFIRMED:
    case v1::DELIVERY_STATE_EXPIRED:
    case v1::DELIVERY_STATE_HELD:
    case v1::DELIVERY_STATE_CANCELLED:
      return true;
    default:
      return false;
  }
}

// It may be out there, and no answer says so.
inline bool IsInDoubt(v1::DeliveryState state) {
  return state == v1::DELIVERY_STATE_SENDING || state == v1::DELIVERY_STATE_CHECKING ||
         state == v1::DELIVERY_STATE_UNCONFIRMED;
}

// "PUBLISHED".
inline std::string StateName(v1::DeliveryState state) {
  return WithoutPrefix(v1::DeliveryState_Name(state), "DELIVERY_STATE_");
}

}  // namespace carillon::publisher
