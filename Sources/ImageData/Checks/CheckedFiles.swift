import Errors
import Images

/// The files to check: those beneath a folder and those named by a table, with what a data set knows of each.
package struct CheckedFiles: Sendable {
  /// In the order of the folder, followed by images elsewhere in the order of the table.
  package private(set) var images: [CheckedImage] = []
  /// Problems with the folder, the table, the labels or the split.
  package private(set) var findings: [ImageFinding] = []

  /// Matches a data set with the files beneath its folder.
  ///
  /// Labels and splits that were not requested and cannot be had are left out: folders need not be classes. With
  /// `isSplitGiven` false, folders called train, valid and test are the split; without such folders it is the
  /// block's own. Throws if the table cannot be read.
  package init(
    _ block: ImageDataBlock, _ walk: FolderWalk, isSplitGiven: Bool, areLabelsGiven: Bool
  ) throws(ImageDataError) {
    findings = walk.repeatedFolders.map {
      ImageFinding(
        kind: .repeatedFolder, image: $0,
        detail: "links to a folder that is read under another name, and is skipped")
    }
    let items: ImageItems
    switch block.items {
    case .table: items = try ImageItems(block.items, checksFiles: false)
    case .folder:
      do throws(ImageDataError) { items = try ImageItems(walk) } catch {
        add(.noImages, error)
        images = walk.files.map {
          CheckedImage(name: $0, paths: [walk.root + "/" + $0], isListed: false)
        }
        return
      }
    }
    let listed = known(items, block, isSplitGiven: isSplitGiven, areLabelsGiven: areLabelsGiven)
    var missing: Set<Int> = []
    for (item, file) in items.missing {
      missing.insert(item)
      findings.append(
        ImageFinding(
          kind: .missing, image: file,
          // A file found in the folder but missing must be a link.
          detail: file.holdsReplacedBytes
            ? "its name is not UTF-8: rename the file"
            : items.table == nil ? "is a dangling link" : "is listed in \(items.place)"))
    }
    merge(listed, items, without: missing, walk)
  }

  /// Returns each item with what the data set knows of it.
  private mutating func known(
    _ items: ImageItems, _ block: ImageDataBlock, isSplitGiven: Bool, areLabelsGiven: Bool
  ) -> [CheckedImage] {
    var images = items.names.indices.map {
      CheckedImage(name: items.names[$0], paths: items.paths(of: $0))
    }
    do throws(ImageDataError) {
      let targets = try block.labels.targets(of: items)
      if targets != .none, areLabelsGiven || !targets.areParts {
        for item in images.indices {
          images[item].label = targets.words(item)
          images[item].points = targets.points(item)
        }
      }
    } catch {
      if areLabelsGiven { add(.labels, error) }
    }
    for (item, side) in sides(items, block, isSplitGiven: isSplitGiven).enumerated() {
      images[item].side = side
    }
    return images
  }

  /// Returns the side of each item. If the requested split is not possible, reports that and keeps as much of it as
  /// possible, so that leaks are still found.
  private mutating func sides(
    _ items: ImageItems, _ block: ImageDataBlock, isSplitGiven: Bool
  ) -> [CheckedImage.Side?] {
    var groups: (of: [String], words: String)?
    var hasGroups = true
    if let text = block.groups {
      do throws(ImageDataError) {
        groups = (of: try text.groups(of: items), words: text.words)
      } catch {
        add(.labels, error)
        hasGroups = false
      }
    }
    let folders = FolderParts(items)
    if isSplitGiven || folders == nil {
      // A random split without its groups would not be the one that a training draws.
      guard hasGroups || !block.splitter.isDrawn else { return [] }
      do throws(ImageDataError) {
        return try sides(block.splitter.split(items, groups: groups))
      } catch {
        if isSplitGiven || groups != nil { add(.labels, error) }
      }
      if groups != nil, !block.splitter.isDrawn,
        let split = try? block.splitter.split(items, groups: nil)
      {
        return sides(split)
      }
      guard block.splitter == .folder(heldOut: nil) else { return [] }
    }
    guard let folders else { return [] }
    if !isSplitGiven {
      do throws(ImageDataError) {
        if let groups {
          try Splitter.check(folders.parts.map { $0 ?? .unused }, groups.of, groups.words, items)
        }
      } catch {
        add(.labels, error)
      }
      addOutside(folders, items)
    }
    return folders.parts.map { part in
      switch part {
      case .training: .training
      case .heldOut: .heldOut
      case .unused: .unused
      case nil: nil
      }
    }
  }

  private func sides(_ split: ItemSplit) -> [CheckedImage.Side?] {
    let count = split.training.count + split.heldOut.count + split.unused.count
    var sides = [CheckedImage.Side?](repeating: nil, count: count)
    // Without held-out images there is nothing to leak to.
    guard !split.heldOut.isEmpty else { return sides }
    for item in split.training { sides[item] = .training }
    for item in split.heldOut { sides[item] = .heldOut }
    for item in split.unused { sides[item] = .unused }
    return sides
  }

  /// Reports folders that are in no part of a split while others are.
  private mutating func addOutside(_ folders: FolderParts, _ items: ImageItems) {
    var counts: [String: Int] = [:]
    var names: [String] = []
    for (part, name) in zip(folders.parts, items.names) where part == nil {
      let outermost = FolderParts.folders(of: name).first ?? name
      if counts.updateValue(counts[outermost, default: 0] + 1, forKey: outermost) == nil {
        names.append(outermost)
      }
    }
    for name in names {
      findings.append(
        ImageFinding(
          kind: .inNoPart, image: name,
          detail:
            "is not named as part of a split, such as train, valid or test (images: \(counts[name] ?? 0))"
        ))
    }
  }

  /// Merges the items and the files beneath the folder, so that each file occurs once.
  private mutating func merge(
    _ listed: [CheckedImage], _ items: ImageItems, without missing: Set<Int>, _ walk: FolderWalk
  ) {
    var first: [PathKey: Int] = [:]
    var others: Set<PathKey> = []
    for item in listed.indices {
      let files = items.files(of: item)
      first[PathKey(files[0])] = item
      for file in files.dropFirst() { others.insert(PathKey(file)) }
    }
    var taken = missing
    for file in walk.files {
      let key = PathKey(file)
      if let item = first[key] {
        if taken.insert(item).inserted { images.append(listed[item]) }
      } else if !others.contains(key) {
        images.append(
          CheckedImage(name: file, paths: [walk.root + "/" + file], isListed: false))
        guard items.table != nil, ImageFormat.named(file) != nil else { continue }
        findings.append(
          ImageFinding(
            kind: .unlabelled, image: file, detail: "no row of \(items.place) names it"))
      }
    }
    for item in listed.indices where !taken.contains(item) { images.append(listed[item]) }
  }

  private mutating func add(_ kind: ImageFinding.Kind, _ error: ImageDataError) {
    findings.append(
      ImageFinding(kind: kind, image: "\(error.place)", detail: "\(error.problem). \(error.remedy)")
    )
  }
}
