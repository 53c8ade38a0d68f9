// The file of a medium as it was approved.
#pragma once

#include <memory>

#include "carillon/publisher/v1/delivery.pb.h"
#include "common/media_store/media_store.h"

namespace carillon::publisher {

// On the local disk for as long as it lives. Size and kind are checked again, as the bytes are now: INVALID_ARGUMENT with BAD_MEDIA.
// UNAVAILABLE with MEDIA_MISSING while the store has no such file. May block on the store.
Result<std::shared_ptr<const media_store::LocalFile>> OpenApproved(const v1::Media& media, media_store::MediaStore& store);

}  // namespace carillon::publisher
