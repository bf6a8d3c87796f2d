/// A hash table from requests to positions of records. Each set of eight slots fills one cache line. The table is as
/// large as its content needs, so that few records are found without waiting for memory, and grows up to its limit.
struct ReplyIndex: ~Copyable, Sendable {
  private static let placesPerSet = 8
  /// A full set makes the table grow only if at least one slot in this many is taken. Otherwise its requests collide by
  /// chance or by intent.
  private static let sparseness = 4
  private static let placeByteCount = MemoryLayout<UInt64>.stride

  /// The hash in the upper half. In the lower half, the record's position in units of ``CachedReply/alignment`` plus
  /// one, so that 0 marks a free slot.
  private var places: [UInt64] = []
  private let placeLimit: Int
  private var takenCount = 0

  /// The most bytes of records that positions can address.
  static let addressableBytes = Int(UInt32.max) * CachedReply.alignment

  /// Creates an empty index of at most `byteLimit` bytes.
  init(byteLimit: Int) {
    var limit = 0
    var next = Self.placesPerSet
    while next * Self.placeByteCount <= byteLimit { (limit, next) = (next, 2 * next) }
    placeLimit = limit
  }

  /// Returns the first position kept for `hash` that satisfies `isWanted`.
  func position(for hash: UInt32, where isWanted: (Int) -> Bool) -> Int? {
    places.withUnsafeBufferPointer { places in
      guard places.count > 0 else { return nil }
      let start = Self.setStart(hash, places.count)
      for place in places[start..<start + Self.placesPerSet]
      where UInt32(truncatingIfNeeded: place >> 32) == hash && place != 0 {
        let position = Self.position(place)
        if isWanted(position) { return position }
      }
      return nil
    }
  }

  /// Keeps `position` for `hash`. If there is no slot for it, replaces the position of the greatest `age` in its set.
  /// Amortised O(1).
  mutating func insert(_ position: Int, for hash: UInt32, age: (Int) -> Int) {
    guard placeLimit > 0 else { return }
    if places.isEmpty { places = Array(repeating: 0, count: Self.placesPerSet) }
    while true {
      let start = Self.setStart(hash, places.count)
      let set = start..<start + Self.placesPerSet
      if let free = set.first(where: { places[$0] == 0 }) {
        places[free] = Self.place(position, hash)
        takenCount += 1
        return
      }
      guard places.count < placeLimit, takenCount * Self.sparseness >= places.count else {
        let oldest = set.max { age(Self.position(places[$0])) < age(Self.position(places[$1])) }
        if let oldest { places[oldest] = Self.place(position, hash) }
        return
      }
      grow()
    }
  }

  /// Removes `position` if it is still kept for `hash`.
  mutating func remove(_ position: Int, for hash: UInt32) {
    guard !places.isEmpty else { return }
    let start = Self.setStart(hash, places.count)
    let wanted = Self.place(position, hash)
    for place in start..<start + Self.placesPerSet where places[place] == wanted {
      places[place] = 0
      takenCount -= 1
    }
  }

  /// Splits each set into two, which can't overflow.
  private mutating func grow() {
    let old = places
    places = Array(repeating: 0, count: 2 * old.count)
    for place in old where place != 0 {
      var position = Self.setStart(UInt32(truncatingIfNeeded: place >> 32), places.count)
      while places[position] != 0 { position += 1 }
      places[position] = place
    }
  }

  private static func setStart(_ hash: UInt32, _ placeCount: Int) -> Int {
    Int(hash) & (placeCount / placesPerSet - 1) * placesPerSet
  }

  private static func place(_ position: Int, _ hash: UInt32) -> UInt64 {
    UInt64(hash) << 32 | UInt64(position / CachedReply.alignment + 1)
  }

  private static func position(_ place: UInt64) -> Int {
    (Int(UInt32(truncatingIfNeeded: place)) - 1) * CachedReply.alignment
  }
}
