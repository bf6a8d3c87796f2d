/// The type of a sample in files of plain numbers.
enum SampleType: CaseIterable {
  case uint8, uint16, uint32, int16, float32, float64

  /// The size of a sample in bytes.
  var byteCount: Int {
    switch self {
    case .uint8: 1
    case .uint16, .int16: 2
    case .uint32, .float32: 4
    case .float64: 8
    }
  }

  /// Decodes little-endian samples: bytes unchanged, wider integers divided by the maximum, floating-point numbers
  /// unchanged. Traps on an incomplete sample.
  func samples(_ bytes: [UInt8]) -> Image.Samples {
    precondition(bytes.count.isMultiple(of: byteCount), "half a sample")
    return switch self {
    case .uint8: .uint8(bytes)
    case .uint16: .float32(read(bytes, UInt16.self) { Float(UInt16(littleEndian: $0)) / 65535 })
    case .int16: .float32(read(bytes, Int16.self) { Float(Int16(littleEndian: $0)) / 32767 })
    case .uint32:
      .float32(
        read(bytes, UInt32.self) { Float(Double(UInt32(littleEndian: $0)) / Double(UInt32.max)) })
    case .float32:
      .float32(read(bytes, UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) })
    case .float64:
      .float32(read(bytes, UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) })
    }
  }

  private func read<Raw: FixedWidthInteger>(
    _ bytes: [UInt8], _ type: Raw.Type, _ value: (Raw) -> Float
  ) -> [Float] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<Raw>.size).map {
        value(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Raw>.size, as: type))
      }
    }
  }
}

extension Image.Samples {
  /// Whether every sample is finite.
  var areFinite: Bool {
    switch self {
    case .uint8: true
    case .float32(let samples): samples.allSatisfy({ $0.isFinite })
    }
  }
}
