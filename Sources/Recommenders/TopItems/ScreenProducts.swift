extension ItemScreen {
  /// The number of users that ``sumProductsOfGroup(_:_:_:into:)`` processes at a time: 4 by 2 vectors of 8 sums, and
  /// their operands, fit the 16 registers of x86-64-v3.
  static let groupSize = 4

  /// Writes the sums of codes times factors of the block's 64 items for one query. Eight vectors of sums hide the
  /// latency of the additions.
  func sumProducts(
    _ codes: UnsafeRawBufferPointer, _ factors: UnsafeRawBufferPointer, _ query: Int,
    into sums: UnsafeMutableRawBufferPointer
  ) {
    precondition(codes.count == Self.blockSize * factorCount && sums.count >= Self.blockSize * 4)
    let own = query * factorCount * 4
    precondition(own >= 0 && own + factorCount * 4 <= factors.count)
    var (s0, s1, s2, s3) = (
      SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
    )
    var (s4, s5, s6, s7) = (s0, s1, s2, s3)
    // Offsets were checked above.
    var start = 0
    for factor in 0..<factorCount {
      let value = every(factors, own &+ factor &* 4)
      s0.addProduct(eight(codes, start), value)
      s1.addProduct(eight(codes, start &+ 8), value)
      s2.addProduct(eight(codes, start &+ 16), value)
      s3.addProduct(eight(codes, start &+ 24), value)
      s4.addProduct(eight(codes, start &+ 32), value)
      s5.addProduct(eight(codes, start &+ 40), value)
      s6.addProduct(eight(codes, start &+ 48), value)
      s7.addProduct(eight(codes, start &+ 56), value)
      start &+= Self.blockSize
    }
    sums.storeBytes(of: s0, as: SIMD8<Float>.self)
    sums.storeBytes(of: s1, toByteOffset: 32, as: SIMD8<Float>.self)
    sums.storeBytes(of: s2, toByteOffset: 64, as: SIMD8<Float>.self)
    sums.storeBytes(of: s3, toByteOffset: 96, as: SIMD8<Float>.self)
    sums.storeBytes(of: s4, toByteOffset: 128, as: SIMD8<Float>.self)
    sums.storeBytes(of: s5, toByteOffset: 160, as: SIMD8<Float>.self)
    sums.storeBytes(of: s6, toByteOffset: 192, as: SIMD8<Float>.self)
    sums.storeBytes(of: s7, toByteOffset: 224, as: SIMD8<Float>.self)
  }

  /// Writes the same sums for ``groupSize`` queries, 64 each. Reads and converts the codes once for all of them.
  func sumProductsOfGroup(
    _ codes: UnsafeRawBufferPointer, _ factors: UnsafeRawBufferPointer, _ queries: ArraySlice<Int>,
    into sums: UnsafeMutableRawBufferPointer
  ) {
    precondition(codes.count == Self.blockSize * factorCount)
    precondition(queries.count == Self.groupSize)
    precondition(sums.count >= Self.groupSize * Self.blockSize * 4)
    let width = factorCount * 4
    let first = queries.startIndex
    func start(_ position: Int) -> Int {
      let own = queries[first + position] * width
      precondition(own >= 0 && own + width <= factors.count)
      return own
    }
    let (u0, u1, u2, u3) = (start(0), start(1), start(2), start(3))
    for lane in stride(from: 0, to: Self.blockSize, by: 16) {
      var (a0, a1) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
      var (a2, a3, b0, b1, b2, b3) = (a0, a0, a0, a0, a0, a0)
      // Offsets were checked above; checking each addition again would cost as much as the sums.
      var code = lane
      var offset = 0
      while offset < width {
        let (left, right) = (eight(codes, code), eight(codes, code &+ 8))
        let (v0, v1) = (every(factors, u0 &+ offset), every(factors, u1 &+ offset))
        a0.addProduct(left, v0)
        b0.addProduct(right, v0)
        a1.addProduct(left, v1)
        b1.addProduct(right, v1)
        let (v2, v3) = (every(factors, u2 &+ offset), every(factors, u3 &+ offset))
        a2.addProduct(left, v2)
        b2.addProduct(right, v2)
        a3.addProduct(left, v3)
        b3.addProduct(right, v3)
        code &+= Self.blockSize
        offset &+= 4
      }
      func store(_ position: Int, _ left: SIMD8<Float>, _ right: SIMD8<Float>) {
        let target = (position * Self.blockSize + lane) * 4
        sums.storeBytes(of: left, toByteOffset: target, as: SIMD8<Float>.self)
        sums.storeBytes(of: right, toByteOffset: target + 32, as: SIMD8<Float>.self)
      }
      store(0, a0, b0)
      store(1, a1, b1)
      store(2, a2, b2)
      store(3, a3, b3)
    }
  }
}

/// Returns eight codes as floating-point numbers.
@inline(__always)
private func eight(_ codes: UnsafeRawBufferPointer, _ start: Int) -> SIMD8<Float> {
  let bytes = codes.loadUnaligned(fromByteOffset: start, as: SIMD8<Int8>.self)
  return SIMD8<Float>(SIMD8<Int32>(truncatingIfNeeded: bytes))
}

/// Returns the number at byte `offset`, broadcast to eight lanes.
@inline(__always)
private func every(_ numbers: UnsafeRawBufferPointer, _ offset: Int) -> SIMD8<Float> {
  SIMD8(repeating: numbers.loadUnaligned(fromByteOffset: offset, as: Float.self))
}
