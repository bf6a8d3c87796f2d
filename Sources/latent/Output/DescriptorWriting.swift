import Errors
import Foundation

/// Writes all of `bytes` to a descriptor. Returns the error that prevented it; nil if there was none.
func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> SystemError? {
  var done = 0
  while done < bytes.count {
    let written = bytes.withUnsafeBytes {
      Foundation.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
    }
    if written > 0 {
      done += written
    } else if errno != EINTR {
      return SystemError()
    }
  }
  return nil
}
