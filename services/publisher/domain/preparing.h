// What deliveries have to do with uploads (uploading.h): media are uploaded ahead of the due time where the scheduler tells of it, else when
// the delivery comes, which waits for MEDIA then.
#pragma once

#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// INVALID_ARGUMENT with BAD_PREPARE for what can't be one. A delivery that was dispatched by now needs it no more.
Status OnPrepare(Turn& turn, const std::string& to, const v1::Prepare& prepare);
// The same of one that was dispatched: it ends its uploads by itself.
Status OnEndPreparation(Turn& turn, const std::string& to, const v1::EndPreparation& end);

// True if the delivery has no media, or all of them are there. Begins to upload what nobody prepared.
Result<bool> HasMedia(Turn& turn, v1::Account& account, const v1::Delivery& delivery);
// The upload that makes the delivery impossible: the platform will never take one of its media. nullptr: there is none.
Result<const v1::MediaUpload*> FailedUpload(Turn& turn, const v1::Delivery& delivery);
// True if a handle ends before an attempt that starts now would: its media are uploaded again.
Result<bool> RenewsMedia(Turn& turn, v1::Account& account, const v1::Delivery& delivery);
// The attempt that starts now names the media by the handles of their upload.
Status UseHandles(Turn& turn, v1::Delivery& delivery);

// The delivery has ended: nobody needs its uploads, nor, where it was not published, those of what would have followed it.
Status EndUploads(Turn& turn, const v1::Delivery& delivery);

}  // namespace carillon::publisher
