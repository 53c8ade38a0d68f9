// What the states of a delivery mean. Pure.
#pragma once

#include <string>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/enum_text.h"

namespace carillon::publisher {

// Something is done to a post that is out there; else something is published.
inline bool IsAction(const v1::Delivery& delivery) {
  return delivery.dispatch().action() != v1::ACTION_KIND_UNSPECIFIED;
}

// Nothing happens any more by itself. UNCONFIRMED and HELD wait for a person.
inline bool IsFinal(v1::DeliveryState state) {
  switch (state) {
    case v1::DELIVERY_STATE_PUBLISHED:
    case v1::DELIVERY_STATE_FAILED:
    case v1::DELIVERY_STATE_UNCONFIRMED:
    case v1::DELIVERY_STATE_EXPIRED:
    case v1::DELIVERY_STATE_HELD:
    case v1::DELIVERY_STATE_CANCELLED:
    case v1::DELIVERY_STATE_DONE:
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

// The same, with attempts before the present one. An action that has ended keeps nobody else waiting here: that is its Subject's.
inline bool MayBeOut(const v1::Delivery& delivery) {
  if (IsFinal(delivery.state())) return IsInDoubt(delivery.state()) && !IsAction(delivery);
  return IsInDoubt(delivery.state()) || delivery.has_unsettled_since();
}

// "PUBLISHED".
inline std::string StateName(v1::DeliveryState state) {
  return WithoutPrefix(v1::DeliveryState_Name(state), "DELIVERY_STATE_");
}

}  // namespace carillon::publisher
