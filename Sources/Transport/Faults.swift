import CCurl
import CreditCore

extension Connection {
  /// What a transfer that failed means.
  func fault(_ code: CURLcode, _ transfer: Transfer, at place: String) -> TransportFault {
    if transfer.wasStopped {
      return TransportFault(.stopped, at: place, "stopped before it was done")
    }
    if let refusal = transfer.refusal { return TransportFault(.refusedAddress, at: place, refusal) }
    if transfer.isTooLarge {
      return TransportFault(
        .tooLarge(status: ccurl_get_long(handle, CURLINFO_RESPONSE_CODE)),
        at: place,
        "the answer is larger than \(transfer.bodyLimit >> 10) KiB"
      )
    }
    let said = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_URL_MALFORMAT:
      return TransportFault(.badAddress, at: place, "this is not an address of the web")
    case CURLE_COULDNT_RESOLVE_HOST:
      return TransportFault(.unresolved, at: place, "no name server knows this name")
    case CURLE_COULDNT_CONNECT:
      return TransportFault(.unreachable, at: place, "nothing answers there")
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFault(.timedOut, at: place, "no whole answer within the time given")
    case CURLE_PEER_FAILED_VERIFICATION:
      return TransportFault(
        .insecure,
        at: place,
        "its certificate is not one that this machine trusts for that name"
      )
    case CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE:
      return TransportFault(.insecure, at: place, "no secure connection comes about (\(said))")
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
      return TransportFault(.cutOff, at: place, "the connection ended before the answer did")
    // The scheme is known to be good: what answers does not speak it.
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
      return TransportFault(.garbled, at: place, "what answers there does not speak HTTP")
    case CURLE_OUT_OF_MEMORY:
      return TransportFault(.outOfMemory, at: place, "there is no memory for it")
    default:
      return TransportFault(.garbled, at: place, said)
    }
  }
}
