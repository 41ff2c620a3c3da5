"""The region of an address is the same however its province and its words are written, and none where a table shows none."""

from __future__ import annotations

import pytest

from graphfraud.intake.regions import of_american, of_chinese


@pytest.mark.parametrize(
    ("region", "spellings"),
    [
        ("杭州", "浙江省杭州市西湖区 浙江杭州市西湖区 杭州市西湖区 杭州西湖区文三路 中国浙江省杭州市"),
        ("乌鲁木齐", "新疆维吾尔自治区乌鲁木齐市 新疆乌鲁木齐市 乌鲁木齐天山区解放路"),
        ("南宁", "广西壮族自治区南宁市 广西南宁市 南宁青秀区民族大道"),
        ("固原", "宁夏回族自治区固原市 宁夏固原原州区文化路"),
        ("北京", "北京市朝阳区 北京朝阳区建国路 北京海淀区中关村"),
        ("上海", "上海市浦东新区 上海浦东新区世纪大道"),
        ("恩施", "湖北省恩施土家族苗族自治州利川市 恩施州利川市"),
        ("伊犁", "新疆伊犁哈萨克自治州伊宁市 伊犁州伊宁市"),
        ("阿拉善", "内蒙古自治区阿拉善盟 阿拉善盟阿拉善左旗"),
        ("阿勒泰", "新疆维吾尔自治区阿勒泰地区 阿勒泰地区布尔津县"),
        ("吉林", "吉林省吉林市昌邑区 吉林市昌邑区"),
        ("长春", "吉林省长春市朝阳区 吉林长春朝阳区工农大路"),
        ("朝阳", "辽宁省朝阳市双塔区 朝阳市双塔区"),
        ("海口", "海南省海口市 海南海口龙华区国贸路"),
        ("海南", "青海省海南藏族自治州共和县 海南藏族自治州共和县"),
        ("苏州", "江苏省苏州市昆山市 苏州市昆山市花桥镇"),
    ],
)
def test_one_region_has_one_name(region, spellings):
    assert {of_chinese(text) for text in spellings.split()} == {region}


NAMELESS = """
朝阳区万科城市花园3栋 浦东新区世纪大道 渝北区永辉超市旁 海淀区学院路地区 万科城市花园 新城市场路 义乌市 正定县 长春路12号
长春路小区3栋 大理石路5号 湖北省直辖县级行政区划仙桃市 海南省直辖县级行政单位澄迈县 幸福里小区
"""


@pytest.mark.parametrize("text", NAMELESS.split())
def test_what_names_no_prefecture_has_no_region(text):
    assert of_chinese(text) is None


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("12 main street, springfield, il 62704", "627"),
        ("77 oak avenue, springfield, il 62701-1234", "627"),
        ("5 elm st, il, 62704.", "627"),
        ("5 elm st, il 62704, united states of america", "627"),
        ("po box 10203", None),
        ("county road 12345", None),
        ("4 rose lane, little hampton, kent", None),
    ],
)
def test_an_american_address_is_of_the_region_of_its_zip_code(text, region):
    assert of_american(text) == region
