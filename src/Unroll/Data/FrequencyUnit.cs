namespace Unroll.Data;

/// <summary>The unit of the distance between two steps of a series.</summary>
public enum FrequencyUnit
{
    /// <summary>Numbered steps without dates.</summary>
    Step,

    /// <summary>Thousandths of a second.</summary>
    Millisecond,

    /// <summary>Seconds.</summary>
    Second,

    /// <summary>Minutes.</summary>
    Minute,

    /// <summary>Hours.</summary>
    Hour,

    /// <summary>Days.</summary>
    Day,

    /// <summary>Days from Monday to Friday.</summary>
    BusinessDay,

    /// <summary>Weeks.</summary>
    Week,

    /// <summary>Calendar months.</summary>
    Month,

    /// <summary>Calendar quarters, three months.</summary>
    Quarter,

    /// <summary>Calendar years.</summary>
    Year,
}
