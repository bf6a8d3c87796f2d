import CTurboJPEG

extension Image {
  /// Returns the image as a JPEG of this quality, 1 to 100, for pages and tests. Traps unless it has 8-bit samples
  /// and one or three channels.
  package func jpeg(quality: Int) -> [UInt8] {
    guard case .uint8(let samples) = samples, channels == 1 || channels == 3 else {
      preconditionFailure("a JPEG has one channel or three, of bytes")
    }
    let sampling = channels == 1 ? TJSAMP_GRAY : TJSAMP_420
    let format = channels == 1 ? TJPF_GRAY : TJPF_RGB
    guard let handle = tjInitCompress() else { preconditionFailure("no memory for libjpeg-turbo") }
    defer { tjDestroy(handle) }
    // The maximum size of such a JPEG, so that the library allocates nothing.
    let bound = tjBufSize(Int32(width), Int32(height), Int32(sampling.rawValue))
    var encoded = [UInt8](repeating: 0, count: Int(bound))
    var count = bound
    let result = samples.withUnsafeBufferPointer { samples in
      encoded.withUnsafeMutableBufferPointer { buffer in
        var place = buffer.baseAddress
        return tjCompress2(
          handle, samples.baseAddress, Int32(width), 0, Int32(height), Int32(format.rawValue),
          &place, &count, Int32(sampling.rawValue), Int32(quality), TJFLAG_NOREALLOC)
      }
    }
    precondition(result == 0, String(cString: tjGetErrorStr2(handle)))
    return Array(encoded.prefix(Int(count)))
  }
}
